/*
 * Well-formed messages by the roll of a seeded die: few labels, so that names
 * share suffixes and compression has work to do.
 */
#ifndef TESTS_SUPPORT_RANDOM_MESSAGE_H
#define TESTS_SUPPORT_RANDOM_MESSAGE_H

#include "nodes/dns/message.h"
#include "sim/base/random.h"

/* Returns the size of the name written. */
size_t random_name(struct random *r, uint8_t out[NAME_SIZE_MAX]);

/* One of the types whose RDATA any octets of its form make up, also for other decoders. */
uint16_t random_type(struct random *r);

/* RDATA that fits TYPE; ROOM has 4096 octets. */
struct bytes random_rdata(struct random *r, uint16_t type, uint8_t *room);

/* Writes a message of at most 65535 octets; returns its size. */
size_t random_message(struct random *r, uint8_t *out);

#endif
