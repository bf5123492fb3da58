/*
 * The --capture FILTER. The expression is rewritten word by word: each address
 * and each name gets its qualifiers written out, also where the language lets
 * them carry over ("src host ns1 or ns2"), and a name becomes all its addresses:
 *
 *     src ns1 and port domain  ->  ( src host 192.0.2.1 or src host 2001:db8::1 ) and port 53
 *
 * Neighbouring addresses are joined to networks (filter_network.c), so that a group of a
 * thousand clients stays a short program.
 */
#include "reports/filter.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "reports/filter_network.h"
#include "reports/filter_word.h"

enum { SNAPSHOT_SIZE = 262144, NETWORKS_MAX = 1000 };

struct filter {
    struct bpf_program program;
    char *expression;
};

struct qualifiers {
    const char *protocol, *direction, *type; /* NULL where not given */
};

struct rewriting {
    struct arena arena;
    const struct filter_word *word; /* the next one */
    const struct filter_name *names;
    size_t name_count;
    struct qualifiers last; /* carry over to words without any */
    FILE *out;
    char *error;
    bool failed;
};

/* ---- names to networks -------------------------------------------------------------------- */

/* The addresses of NAME that PROTOCOL ("ip", "ip6" or NULL) can have. */
static size_t find_networks(struct rewriting *rewriting, const char *name, const char *protocol,
                            struct filter_network **networks)
{
    size_t count = 0;
    *networks = arena_alloc(&rewriting->arena, (rewriting->name_count + 1) * sizeof **networks);
    for (size_t i = 0; i < rewriting->name_count; i++) {
        const struct filter_name *entry = &rewriting->names[i];
        bool ipv4 = address_is_ipv4(&entry->address);
        bool other_family = protocol && ((strcmp(protocol, "ip") == 0 && !ipv4) ||
                                         (strcmp(protocol, "ip6") == 0 && ipv4));
        if (strcmp(entry->name, name) != 0 || other_family)
            continue;
        (*networks)[count] = (struct filter_network){entry->address, 128};
        (*networks)[count++].address.port = 0;
    }
    return filter_networks_join(*networks, count);
}

static bool is_name(const struct rewriting *rewriting, const char *text)
{
    for (size_t i = 0; i < rewriting->name_count; i++) {
        if (strcmp(rewriting->names[i].name, text) == 0)
            return true;
    }
    return false;
}

/* ---- writing ----------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void refuse(struct rewriting *rewriting,
                                                         const char *format, ...)
{
    if (rewriting->failed)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(rewriting->error, FILTER_ERROR_SIZE, format, arguments);
    va_end(arguments);
    rewriting->failed = true;
}

static void refuse_name(struct rewriting *rewriting, const char *text)
{
    refuse(rewriting,
           "capture filter: '%s' is neither a name of the scenario nor a word that a filter on IP "
           "packets can use (it is not looked up in the DNS)",
           text);
}

static void put(struct rewriting *rewriting, const char *text)
{
    if (text)
        fprintf(rewriting->out, "%s%s", ftell(rewriting->out) > 0 ? " " : "", text);
}

static void put_qualifiers(struct rewriting *rewriting, const struct qualifiers *qualifiers)
{
    put(rewriting, qualifiers->protocol);
    put(rewriting, qualifiers->direction);
    put(rewriting, qualifiers->type);
}

static void put_network(struct rewriting *rewriting, struct qualifiers qualifiers,
                        const struct filter_network *network)
{
    char text[ADDRESS_TEXT_SIZE];
    qualifiers.type = network->bits == 128 ? "host" : "net";
    put_qualifiers(rewriting, &qualifiers);
    put(rewriting, address_format_ip(&network->address, text));
    if (network->bits < 128)
        fprintf(rewriting->out, "/%u",
                network->bits - (address_is_ipv4(&network->address) ? 96 : 0));
}

static void put_name(struct rewriting *rewriting, const struct qualifiers *qualifiers,
                     const char *name)
{
    if (!is_name(rewriting, name)) {
        refuse_name(rewriting, name);
        return;
    }
    if (qualifiers->type && strcmp(qualifiers->type, "host") != 0) {
        refuse(rewriting, "capture filter: '%s' is a name of the scenario and cannot follow '%s'",
               name, qualifiers->type);
        return;
    }
    struct filter_network *networks;
    size_t count = find_networks(rewriting, name, qualifiers->protocol, &networks);
    if (count == 0 || count > NETWORKS_MAX) {
        refuse(rewriting, "capture filter: '%s' has %s", name,
               count ? "too many addresses for a filter"
                     : "no address of the family that the filter asks for");
        return;
    }
    put(rewriting, "(");
    for (size_t i = 0; i < count; i++) {
        put(rewriting, i ? "or" : NULL);
        put_network(rewriting, *qualifiers, &networks[i]);
    }
    put(rewriting, ")");
}

/* ---- rewriting ----------------------------------------------------------------------------- */

static bool type_is(const struct qualifiers *qualifiers, const char *type)
{
    return qualifiers->type && strcmp(qualifiers->type, type) == 0;
}

static bool about_hosts(const struct qualifiers *qualifiers)
{
    return !qualifiers->type || type_is(qualifiers, "host") || type_is(qualifiers, "net");
}

static bool about_ports(const struct qualifiers *qualifiers)
{
    return type_is(qualifiers, "port") || type_is(qualifiers, "portrange");
}

static bool is_identifier(const struct filter_word *word)
{
    return word->kind == FILTER_NUMBER || word->kind == FILTER_RANGE ||
           word->kind == FILTER_ADDRESS || word->kind == FILTER_NAME;
}

/* A number, an address or a name that QUALIFIERS belong to. */
static void rewrite_identifier(struct rewriting *rewriting, const struct qualifiers *qualifiers)
{
    const struct filter_word *word = rewriting->word++;
    const char *port = about_ports(qualifiers) ? filter_port_number(word->text) : NULL;
    if (word->kind == FILTER_NAME && !port) {
        put_name(rewriting, qualifiers, word->text);
        return;
    }
    if (word->kind == FILTER_RANGE && !type_is(qualifiers, "portrange")) {
        refuse_name(rewriting, word->text);
        return;
    }
    put_qualifiers(rewriting, qualifiers);
    put(rewriting, port ? port : word->text);
}

static void take_direction(struct rewriting *rewriting, struct qualifiers *qualifiers)
{
    const struct filter_word *word = rewriting->word;
    if (word->kind != FILTER_DIRECTION)
        return;
    qualifiers->direction = word->text;
    rewriting->word++;
    if ((filter_word_is(word + 1, "or") || filter_word_is(word + 1, "||")) &&
        word[2].kind == FILTER_DIRECTION) {
        qualifiers->direction = "src or dst";
        rewriting->word += 2;
    }
}

/* [protocol] [direction] [type], and what they are about. */
static void rewrite_qualified(struct rewriting *rewriting)
{
    struct qualifiers qualifiers = {0};
    if (rewriting->word->kind == FILTER_PROTOCOL)
        qualifiers.protocol = rewriting->word++->text;
    take_direction(rewriting, &qualifiers);
    if (rewriting->word->kind == FILTER_TYPE)
        qualifiers.type = rewriting->word++->text;
    bool alone = !qualifiers.direction && !qualifiers.type;
    if (!alone)
        rewriting->last = qualifiers;
    if (is_identifier(rewriting->word))
        rewrite_identifier(rewriting, &qualifiers);
    else if (alone || !filter_word_is(rewriting->word, "("))
        put_qualifiers(rewriting, &qualifiers);
}

/* True between "and", "or", "not", "(" or the beginning and what is no operator: where the
 * language lets qualifiers carry over. */
static bool stands_alone(const struct rewriting *rewriting, const struct filter_word *first)
{
    const struct filter_word *word = rewriting->word, *next = word + 1;
    static const char *const before[] = {"(", "!", "&&", "||"};
    static const char *const after[] = {")", "&&", "||"};
    bool begins = word == first || word[-1].kind == FILTER_JOIN;
    bool ends = next->kind == FILTER_END || next->kind == FILTER_JOIN;
    for (size_t i = 0; !begins && i < sizeof before / sizeof *before; i++)
        begins = filter_word_is(word - 1, before[i]);
    for (size_t i = 0; !ends && i < sizeof after / sizeof *after; i++)
        ends = filter_word_is(next, after[i]);
    return begins && ends;
}

/* A number, an address or a name without qualifiers of its own. */
static void rewrite_bare(struct rewriting *rewriting, const struct filter_word *first)
{
    static const struct qualifiers host = {.type = "host"}, none = {0};
    bool port_name = about_ports(&rewriting->last) && filter_port_number(rewriting->word->text);
    if (rewriting->word->kind == FILTER_NUMBER && !stands_alone(rewriting, first))
        rewrite_identifier(rewriting, &none);
    else if (rewriting->word->kind == FILTER_NUMBER || rewriting->word->kind == FILTER_RANGE ||
             port_name)
        rewrite_identifier(rewriting, &rewriting->last);
    else if (about_hosts(&rewriting->last) && (rewriting->last.type || rewriting->last.direction))
        rewrite_identifier(rewriting, &rewriting->last);
    else
        rewrite_identifier(rewriting, &host);
}

/* Copies "[...]": no names and no addresses belong there. */
static void rewrite_brackets(struct rewriting *rewriting)
{
    while (rewriting->word->kind != FILTER_END && !filter_word_is(rewriting->word, "]")) {
        if (rewriting->word->kind == FILTER_NAME)
            refuse_name(rewriting, rewriting->word->text);
        put(rewriting, rewriting->word++->text);
    }
}

static void rewrite_word(struct rewriting *rewriting, const struct filter_word *first)
{
    switch (rewriting->word->kind) {
    case FILTER_PROTOCOL:
    case FILTER_DIRECTION:
    case FILTER_TYPE:
        rewrite_qualified(rewriting);
        break;
    case FILTER_NUMBER:
    case FILTER_RANGE:
    case FILTER_ADDRESS:
    case FILTER_NAME:
        rewrite_bare(rewriting, first);
        break;
    case FILTER_MARK:
        if (filter_word_is(rewriting->word, "["))
            rewrite_brackets(rewriting);
        else
            put(rewriting, rewriting->word++->text);
        break;
    case FILTER_JOIN:
    case FILTER_CONSTANT:
        put(rewriting, rewriting->word++->text);
        break;
    case FILTER_INVALID:
        refuse(rewriting, "capture filter: the character '%s' has no meaning in a filter",
               rewriting->word++->text);
        break;
    case FILTER_END:
        break;
    }
}

/* The expression with names replaced, to be freed, or NULL. */
static char *rewrite(struct rewriting *rewriting, const char *expression)
{
    char *text = NULL;
    size_t size;
    const struct filter_word *first = filter_words(&rewriting->arena, expression);
    rewriting->word = first;
    rewriting->out = open_memstream(&text, &size);
    assert(rewriting->out);
    while (rewriting->word->kind != FILTER_END && !rewriting->failed)
        rewrite_word(rewriting, first);
    fclose(rewriting->out);
    arena_release(&rewriting->arena);
    if (rewriting->failed) {
        free(text);
        return NULL;
    }
    return text;
}

/* ---- the filter ------------------------------------------------------------------------------ */

bool filter_is_none(const char *expression)
{
    return strcmp(expression, "none") == 0;
}

struct filter *filter_compile(const char *expression, const struct filter_name *names,
                              size_t name_count, char error[FILTER_ERROR_SIZE])
{
    struct rewriting rewriting = {.names = names, .name_count = name_count, .error = error};
    char *rewritten = rewrite(&rewriting, expression);
    if (!rewritten)
        return NULL;
    pcap_t *format = pcap_open_dead(DLT_RAW, SNAPSHOT_SIZE);
    struct filter *filter = memory_zeroed(sizeof *filter);
    filter->expression = rewritten;
    bool good =
        format && pcap_compile(format, &filter->program, rewritten, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!good) {
        snprintf(error, FILTER_ERROR_SIZE, "capture filter: '%s': %s", expression,
                 format ? pcap_geterr(format) : "libpcap is out of memory");
        free(filter->expression);
        free(filter);
        filter = NULL;
    }
    if (format)
        pcap_close(format);
    return filter;
}

void filter_free(struct filter *filter)
{
    if (!filter)
        return;
    pcap_freecode(&filter->program);
    free(filter->expression);
    free(filter);
}

const char *filter_expression(const struct filter *filter)
{
    return filter->expression;
}

bool filter_matches(const struct filter *filter, struct bytes frame)
{
    return bpf_filter(filter->program.bf_insns, frame.data, (u_int)frame.size, (u_int)frame.size) !=
           0;
}
