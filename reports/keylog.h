/*
 * The keys of TLS sessions, for whoever reads the captures: in capture.pcapng as
 * Decryption Secrets Blocks, so that Wireshark needs no telling, and as
 * capture/tls-keys.log for the files of the nodes. Both ends of a session tell its
 * keys; each is written once. Without TLS there is nothing.
 */
#ifndef REPORTS_KEYLOG_H
#define REPORTS_KEYLOG_H

#include "reports/pcapng.h"

struct keylog;

/* OUTPUT gets the file with the first key, PCAPNG a block for each. */
struct keylog *keylog_create(struct output *output, struct output_file *pcapng);

/* LINE is one of the NSS key log format, without line feed. */
void keylog_add(struct keylog *keylog, struct bytes line);

/* Closes the file and frees KEYLOG; before PCAPNG is closed. */
void keylog_finish(struct keylog *keylog);

#endif
