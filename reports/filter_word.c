/*
 * Words of a pcap filter expression, cut as libpcap's own scanner does: a word
 * may have hyphens and dots inside, an address colons except between brackets.
 */
#include "reports/filter_word.h"

#include <ctype.h>
#include <string.h>

#include "sim/base/address.h"

static const struct filter_word keywords[] = {
    {FILTER_JOIN, "and"},           {FILTER_JOIN, "or"},
    {FILTER_JOIN, "not"},           {FILTER_PROTOCOL, "ip"},
    {FILTER_PROTOCOL, "ip6"},       {FILTER_PROTOCOL, "tcp"},
    {FILTER_PROTOCOL, "udp"},       {FILTER_PROTOCOL, "icmp"},
    {FILTER_PROTOCOL, "icmp6"},     {FILTER_DIRECTION, "src"},
    {FILTER_DIRECTION, "dst"},      {FILTER_TYPE, "host"},
    {FILTER_TYPE, "net"},           {FILTER_TYPE, "port"},
    {FILTER_TYPE, "portrange"},     {FILTER_TYPE, "proto"},
    {FILTER_TYPE, "protochain"},    {FILTER_CONSTANT, "less"},
    {FILTER_CONSTANT, "greater"},   {FILTER_CONSTANT, "len"},
    {FILTER_CONSTANT, "length"},    {FILTER_CONSTANT, "multicast"},
    {FILTER_CONSTANT, "tcpflags"},  {FILTER_CONSTANT, "tcp-fin"},
    {FILTER_CONSTANT, "tcp-syn"},   {FILTER_CONSTANT, "tcp-rst"},
    {FILTER_CONSTANT, "tcp-push"},  {FILTER_CONSTANT, "tcp-ack"},
    {FILTER_CONSTANT, "tcp-urg"},   {FILTER_CONSTANT, "icmptype"},
    {FILTER_CONSTANT, "icmpcode"},  {FILTER_CONSTANT, "icmp-unreach"},
    {FILTER_CONSTANT, "icmp6type"}, {FILTER_CONSTANT, "icmp6code"},
};

struct named_number {
    const char *name, *number;
};

static const char *find_number(const struct named_number *table, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].name, name) == 0)
            return table[i].number;
    }
    return NULL;
}

const char *filter_port_number(const char *name)
{
    static const struct named_number ports[] = {
        {"domain", "53"}, {"domain-s", "853"}, {"http", "80"}, {"https", "443"}};
    return find_number(ports, sizeof ports / sizeof *ports, name);
}

static const char *protocol_number(const char *name)
{
    static const struct named_number protocols[] = {
        {"icmp", "1"}, {"tcp", "6"}, {"udp", "17"}, {"icmp6", "58"}};
    return find_number(protocols, sizeof protocols / sizeof *protocols, name);
}

bool filter_word_is(const struct filter_word *word, const char *text)
{
    return word->kind != FILTER_NAME && strcmp(word->text, text) == 0;
}

static bool is_number(const char *text)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hex ? text + 2 : text;
    const char *allowed = hex ? "0123456789abcdefABCDEF" : "0123456789";
    return *digits && digits[strspn(digits, allowed)] == '\0';
}

static bool is_range(const char *text)
{
    size_t low = strspn(text, "0123456789");
    if (low == 0 || text[low] != '-')
        return false;
    size_t high = strspn(text + low + 1, "0123456789");
    return high > 0 && text[low + 1 + high] == '\0';
}

/* Two to four numbers and dots: libpcap takes 10.1 for a network. */
static bool is_dotted(const char *text)
{
    size_t dots = 0;
    for (;; text++) {
        size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits > 3)
            return false;
        text += digits;
        if (*text == '\0')
            return dots >= 1;
        if (*text != '.' || ++dots > 3)
            return false;
    }
}

static enum filter_word_kind classify(const char *text)
{
    struct address address;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        if (strcmp(keywords[i].text, text) == 0)
            return keywords[i].kind;
    }
    if (is_number(text))
        return FILTER_NUMBER;
    if (is_range(text))
        return FILTER_RANGE;
    if (is_dotted(text) || (strchr(text, ':') && address_parse(text, &address)))
        return FILTER_ADDRESS;
    return FILTER_NAME;
}

static size_t word_size(const char *text, bool colons)
{
    size_t size = 0;
    while (isalnum((unsigned char)text[size]) || (text[size] && strchr("-_.", text[size])) ||
           (colons && text[size] == ':'))
        size++;
    while (size > 0 && strchr("-_", text[size - 1]))
        size--;
    return size;
}

/* "\udp" is how libpcap wants a protocol's name after proto; it would look it up. */
static struct filter_word escaped(struct arena *arena, const char *text, size_t *size)
{
    size_t name_size = word_size(text + 1, false);
    *size = 1 + name_size;
    const char *name = arena_format(arena, "%.*s", (int)name_size, text + 1);
    const char *number = protocol_number(name);
    if (number)
        return (struct filter_word){FILTER_NUMBER, number};
    return (struct filter_word){FILTER_NAME, arena_format(arena, "\\%s", name)};
}

static struct filter_word mark(struct arena *arena, const char *text, size_t *size)
{
    static const char *const pairs[] = {"&&", "||", "!=", ">=", "<=", "==", "<<", ">>"};
    *size = 1;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (strncmp(text, pairs[i], 2) == 0)
            *size = 2;
    }
    bool known = *size == 2 || strchr("()[]!&|<>=+-*/%^:", *text);
    return (struct filter_word){known ? FILTER_MARK : FILTER_INVALID,
                                arena_format(arena, "%.*s", (int)*size, text)};
}

static struct filter_word next_word(struct arena *arena, const char *text, bool brackets,
                                    size_t *size)
{
    if (*text == '\\')
        return escaped(arena, text, size);
    bool word = isalnum((unsigned char)*text) || (!brackets && strncmp(text, "::", 2) == 0);
    if (!word)
        return mark(arena, text, size);
    *size = word_size(text, !brackets);
    const char *copy = arena_format(arena, "%.*s", (int)*size, text);
    return (struct filter_word){classify(copy), copy};
}

struct filter_word *filter_words(struct arena *arena, const char *expression)
{
    /* At most one word a character, and the end. */
    struct filter_word *words = arena_alloc(arena, (strlen(expression) + 1) * sizeof *words);
    size_t count = 0, size;
    bool brackets = false;
    for (const char *at = expression; *at; at += size) {
        size = 1;
        if (isspace((unsigned char)*at))
            continue;
        words[count] = next_word(arena, at, brackets, &size);
        if (words[count].text[0] == '[' || words[count].text[0] == ']')
            brackets = words[count].text[0] == '[';
        count++;
    }
    words[count] = (struct filter_word){FILTER_END, ""};
    return words;
}
