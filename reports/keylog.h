/*
 * The keys of TLS sessions, for whoever reads the captures: in capture.pcapng as
 * Decryption Secrets Blocks, so that Wireshark needs no telling, and as
 * capture/tls-keys.log for the files of the nodes. Both ends of a session tell its
 * keys; each is written once, and only those of sessions whose ClientHello is in the
 * captures: without that a reader could not tell whose they are. Without TLS there
 * is nothing.
 */
#ifndef REPORTS_KEYLOG_H
#define REPORTS_KEYLOG_H

#include "reports/pcapng.h"

struct keylog;

/* OUTPUT gets the file with the first key, PCAPNG a block for each. */
struct keylog *keylog_create(struct output *output, struct output_file *pcapng);

/* FRAME, which begins with an IP header, is in the captures. A ClientHello counts where its first
 * 43 octets lie at the beginning of a segment. */
void keylog_frame(struct keylog *keylog, struct bytes frame);

/* LINE is one of the NSS key log format, without line feed. */
void keylog_add(struct keylog *keylog, struct bytes line);

/* Closes the file and frees KEYLOG; before PCAPNG is closed. */
void keylog_finish(struct keylog *keylog);

#endif
