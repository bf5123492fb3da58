/*
 * A writer of pcapng files (draft-ietf-opsawg-pcapng): section header, one
 * interface a name, name resolution, enhanced packets with comments, keys of TLS.
 * Little-endian on every machine, timestamps in nanoseconds, no wall clock.
 */
#ifndef REPORTS_PCAPNG_H
#define REPORTS_PCAPNG_H

#include <stdint.h>

#include "reports/output.h"
#include "sim/base/address.h"
#include "sim/base/bytes.h"

/* First of all: the section header. APPLICATION wrote it; COMMENT may be NULL. */
void pcapng_section(struct output_file *file, const char *application, const char *comment);

/* Then interfaces of LINKTYPE_RAW; they are numbered from 0 in order of the calls. DESCRIPTION may
 * be NULL. */
void pcapng_interface(struct output_file *file, const char *name, const char *description);

struct pcapng_name {
    struct address address; /* its port does not matter */
    const char *name;
};

/* Name resolution, in as many blocks as it takes. */
void pcapng_names(struct output_file *file, const struct pcapng_name *names, size_t count);

/* A key of a TLS session, before the packets that it opens: LINE in NSS key log format, without
 * line feed. */
void pcapng_secret(struct output_file *file, struct bytes line);

/* A packet of INTERFACE; COMMENT may be NULL. */
void pcapng_packet(struct output_file *file, uint32_t interface, int64_t time_ns,
                   struct bytes frame, const char *comment);

#endif
