/* The words of a pcap filter expression: cutting it up, and what each word can be. */
#ifndef REPORTS_FILTER_WORD_H
#define REPORTS_FILTER_WORD_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/arena.h"

enum filter_word_kind {
    FILTER_MARK,      /* parentheses and operators: "(", "&&", "!=" */
    FILTER_JOIN,      /* and, or, not */
    FILTER_PROTOCOL,  /* ip, tcp, ... */
    FILTER_DIRECTION, /* src, dst */
    FILTER_TYPE,      /* host, net, port, ... */
    FILTER_CONSTANT,  /* other words of the language: less, tcp-syn, ... */
    FILTER_NUMBER,    /* 53, 0x10; and "\udp", which has become 17 */
    FILTER_RANGE,     /* 53-60 */
    FILTER_ADDRESS,   /* 192.0.2.1, 10.1, 2001:db8::1 */
    FILTER_NAME,      /* anything else: to be found in the scenario */
    FILTER_INVALID,   /* a character that has no meaning */
    FILTER_END,
};

struct filter_word {
    enum filter_word_kind kind;
    const char *text;
};

/* Cuts EXPRESSION into words, the last of which is a FILTER_END. They live in ARENA. */
struct filter_word *filter_words(struct arena *arena, const char *expression);

bool filter_word_is(const struct filter_word *word, const char *text);

/* The number of a port's name ("domain"), or NULL. A short list of our own, since the machine's
 * /etc/services would make the same command mean different things. */
const char *filter_port_number(const char *name);

#endif
