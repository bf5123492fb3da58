/*
 * Padding of messages that travel encrypted (RFC 7830), in blocks as RFC 8467 has
 * them. In clear it must not be used (RFC 7830 section 6).
 */
#ifndef NODES_DNS_PADDING_H
#define NODES_DNS_PADDING_H

#include "nodes/dns/message.h"

enum {
    PADDING_QUERY = 128, /* what a question's size is made a multiple of: RFC 8467 section 4.1 */
    PADDING_ANSWER = 468,
    PADDING_ROOM = MESSAGE_OPTION_HEADER + PADDING_ANSWER /* octets of options at most */
};

/* Appends a Padding option to the SIZE octets of OPTIONS, which have room for PADDING_ROOM more, so
 * that the message W, when it has an OPT with them and SIGNATURE octets of TSIG, is a multiple of
 * BLOCK, or as long as it may be. Returns the new size of OPTIONS: the old one if there is no room
 * for an option. */
size_t padding_add(uint8_t *options, size_t size, const struct message_writer *w, size_t signature,
                   size_t block);

/* MESSAGE is padded, so the answer to it must be too (RFC 7830 section 4). */
bool padding_is_wanted(const struct message *message);

#endif
