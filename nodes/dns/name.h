/*
 * Domain names in uncompressed wire format (RFC 1035, section 3.1).
 *
 * A name is a pointer to its first length octet; it ends itself with the root
 * label, so no length travels with it. Every function takes a valid name of at
 * most 255 octets unless it says otherwise; what comes off the wire or from a
 * person is validated by message.h and name_from_text first. Comparison ignores
 * ASCII case (RFC 4343); case is preserved in storage.
 */
#ifndef NODES_DNS_NAME_H
#define NODES_DNS_NAME_H

#include "sim/base/bytes.h"

enum {
    NAME_SIZE_MAX = 255,
    NAME_LABEL_MAX = 63,
    NAME_LABELS_MAX = 127, /* root label not counted */
    NAME_TEXT_SIZE = 1012, /* every octet as \DDD, dots, and a terminating zero */
};

extern const uint8_t name_root[1];

/* Octets, root label included: 1 for the root. */
size_t name_size(const uint8_t *name);

/* Labels, root not counted: 0 for the root. */
size_t name_label_count(const uint8_t *name);

static inline bool name_is_root(const uint8_t *name)
{
    return name[0] == 0;
}

/* The name without its first label; NAME is not the root. Points into NAME. */
static inline const uint8_t *name_parent(const uint8_t *name)
{
    return name + name[0] + 1;
}

/* The ancestor of NAME with LABELS labels (LABELS <= its own count). Points into NAME. */
const uint8_t *name_suffix(const uint8_t *name, size_t labels);

bool name_equal(const uint8_t *a, const uint8_t *b);

/* True if NAME is ANCESTOR or lies below it. */
bool name_is_under(const uint8_t *name, const uint8_t *ancestor);

/* How many labels, counted from the root, A and B share. */
size_t name_common_labels(const uint8_t *a, const uint8_t *b);

/* Canonical order (RFC 4034, section 6.1): negative, 0 or positive. */
int name_compare(const uint8_t *a, const uint8_t *b);

/* Equal for equal names whatever their case. */
uint64_t name_hash(const uint8_t *name);

/* Copies NAME in lower case into OUT (255 octets); returns its size. IN and OUT may be the same. */
size_t name_lower(const uint8_t *name, uint8_t *out);

/* Copies NAME into OUT (255 octets); returns its size. */
size_t name_copy(const uint8_t *name, uint8_t *out);

/* Puts LABEL (its octets, without a length octet) in front of SUFFIX into OUT (255 octets); returns
 * the size, or 0 if the name would be too long. "*" makes a wildcard. */
size_t name_prepend(struct bytes label, const uint8_t *suffix, uint8_t *out);

static inline bool name_is_wildcard(const uint8_t *name)
{
    return name[0] == 1 && name[1] == '*';
}

/* Parses presentation format (RFC 1035, section 5.1: \X, \DDD, "@" for ORIGIN). A text without a
 * final dot is relative to ORIGIN (which may be NULL for: root). Writes into OUT (255 octets) and
 * returns the size; 0 and *ERROR (static text, "label longer than 63 octets") if it is no name. */
size_t name_from_text(struct bytes text, const uint8_t *origin, uint8_t *out, const char **error);

/* Writes presentation format with a final dot into OUT; returns OUT. */
const char *name_to_text(const uint8_t *name, char out[NAME_TEXT_SIZE]);

/* True if the first name in DATA is well formed, uncompressed and within SIZE octets; *USED says
 * how many it takes. */
bool name_is_valid(const uint8_t *data, size_t size, size_t *used);

#endif
