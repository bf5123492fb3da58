/*
 * Domain names in presentation format: RFC 1035 section 5.1, RFC 4343 section 2.1.
 * No internationalised names: octets outside printable ASCII are taken and given as they are.
 */
#include "nodes/dns/name.h"

/* A name that grows label by label; the error sticks. */
struct growing {
    uint8_t *out;
    size_t label_at; /* length octet of the label being written */
    size_t size;
    const char *error;
};

static void fail(struct growing *g, const char *sentence)
{
    if (!g->error)
        g->error = sentence;
}

static void put_octet(struct growing *g, uint8_t octet)
{
    if (g->size - g->label_at > NAME_LABEL_MAX)
        fail(g, "label longer than 63 octets");
    else if (g->size >= NAME_SIZE_MAX)
        fail(g, "name longer than 255 octets");
    if (!g->error)
        g->out[g->size++] = octet;
}

static void end_label(struct growing *g)
{
    if (g->size - g->label_at == 1)
        fail(g, "empty label");
    else if (g->size >= NAME_SIZE_MAX)
        fail(g, "name longer than 255 octets");
    if (g->error)
        return;
    g->out[g->label_at] = (uint8_t)(g->size - g->label_at - 1);
    g->label_at = g->size++;
}

static bool is_digit(uint8_t octet)
{
    return octet >= '0' && octet <= '9';
}

/* Reads the escape whose backslash stands at AT; returns how many octets of text it takes. */
static size_t take_escape(struct growing *g, struct bytes text, size_t at)
{
    size_t left = text.size - at;
    const uint8_t *p = text.data + at;
    if (left < 2) {
        fail(g, "backslash at the end");
        return left;
    }
    if (!is_digit(p[1])) {
        put_octet(g, p[1]);
        return 2;
    }
    if (left < 4 || !is_digit(p[2]) || !is_digit(p[3])) {
        fail(g, "expected three digits after the backslash");
        return left;
    }
    int value = (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0');
    if (value > 255)
        fail(g, "escaped octet greater than 255");
    put_octet(g, (uint8_t)value);
    return 4;
}

/* Ends a relative name with ORIGIN in place of the root label. */
static void put_origin(struct growing *g, const uint8_t *origin)
{
    size_t size = name_size(origin);
    if (g->label_at + size > NAME_SIZE_MAX)
        fail(g, "name longer than 255 octets");
    if (g->error)
        return;
    memcpy(g->out + g->label_at, origin, size);
    g->size = g->label_at + size;
}

static void take_labels(struct growing *g, struct bytes text, const uint8_t *origin)
{
    for (size_t at = 0; at < text.size && !g->error;) {
        if (text.data[at] == '\\') {
            at += take_escape(g, text, at);
        } else if (text.data[at] == '.') {
            end_label(g);
            at++;
        } else {
            put_octet(g, text.data[at++]);
        }
    }
    if (!g->error && g->size - g->label_at > 1) {
        end_label(g);
        if (!g->error)
            put_origin(g, origin);
    } else if (!g->error) {
        g->out[g->label_at] = 0;
    }
}

size_t name_from_text(struct bytes text, const uint8_t *origin, uint8_t *out, const char **error)
{
    struct growing g = {.out = out, .size = 1};
    if (!origin)
        origin = name_root;
    if (text.size == 0)
        fail(&g, "empty name");
    else if (text.size == 1 && text.data[0] == '@')
        put_origin(&g, origin);
    else if (text.size == 1 && text.data[0] == '.')
        put_origin(&g, name_root);
    else
        take_labels(&g, text, origin);
    if (g.error) {
        *error = g.error;
        return 0;
    }
    return g.size;
}

static char *put_escaped(char *p, uint8_t octet)
{
    if (octet < 0x21 || octet > 0x7e) {
        *p++ = '\\';
        *p++ = (char)('0' + octet / 100);
        *p++ = (char)('0' + octet / 10 % 10);
        *p++ = (char)('0' + octet % 10);
        return p;
    }
    if (strchr(".\\\"();@$", octet))
        *p++ = '\\';
    *p++ = (char)octet;
    return p;
}

const char *name_to_text(const uint8_t *name, char out[NAME_TEXT_SIZE])
{
    char *p = out;
    for (; !name_is_root(name); name = name_parent(name)) {
        for (size_t i = 1; i <= name[0]; i++)
            p = put_escaped(p, name[i]);
        *p++ = '.';
    }
    if (p == out)
        *p++ = '.';
    *p = '\0';
    return out;
}
