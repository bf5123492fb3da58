/* Texts of the picture: how wide they are in any sans font, and how they become XML. */
#include "reports/graph_internal.h"

#include <stdio.h>

/* Advance widths of the ASCII characters of DejaVu Sans, the widest of our fonts, in hundredths of
 * the size. A reader's machine may have any of them. */
static const uint8_t widths[95] = {
    32, 40, 46, 84, 64, 95, 78, 27, 39,  39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79,
    60, 79, 69, 63, 61, 73, 68, 99, 69,  61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63,
    63, 28, 28, 58, 28, 97, 63, 61, 63,  63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
};

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

int32_t graph_text_width(const char *text, int size, bool bold)
{
    int32_t hundredths = 0;
    for (const uint8_t *at = (const uint8_t *)text; *at; at++) {
        if (*at >= 32 && *at < 127)
            hundredths += widths[*at - 32];
        else if (*at >= 0xe0)
            hundredths += 100; /* most of what takes three octets is wide */
        else if (!is_continuation(*at))
            hundredths += 70;
    }
    int32_t width = (hundredths * size + 99) / 100;
    return bold ? width * 112 / 100 + 1 : width;
}

struct graph_point graph_words_size(const struct graph_words *words, int size)
{
    struct graph_point space = {0, 0};
    for (size_t i = 0; i < words->count; i++) {
        int32_t extra = words->lines[i].tone >= GRAPH_BADGE ? 12 : 0;
        int32_t width = graph_text_width(words->lines[i].text, size, false) + extra;
        if (width > space.x)
            space.x = width;
        space.y += (size + 4) + (extra ? 4 : 0);
    }
    return space;
}

/* Octets of the UTF-8 sequence (RFC 3629) at AT that XML 1.0 allows; 0: it is none. */
static size_t sequence(const uint8_t *at)
{
    if (*at < 0x80)
        return *at >= 0x20 && *at != 0x7f;
    size_t size = *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : 2;
    if (*at < 0xc2 || *at > 0xf4)
        return 0;
    for (size_t i = 1; i < size; i++)
        if (!is_continuation(at[i]))
            return 0;
    bool overlong = (*at == 0xe0 && at[1] < 0xa0) || (*at == 0xf0 && at[1] < 0x90);
    bool beyond = (*at == 0xed && at[1] >= 0xa0) || (*at == 0xf4 && at[1] >= 0x90);
    bool control = *at == 0xc2 && at[1] < 0xa0;
    bool no_character = *at == 0xef && at[1] == 0xbf && at[2] >= 0xbe;
    return overlong || beyond || control || no_character ? 0 : size;
}

static const char *entity(uint8_t character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static const char *convert(struct arena *arena, const char *text, bool escape)
{
    char *out = arena_alloc(arena, strlen(text) * 6 + 1), *to = out;
    const uint8_t *at = (const uint8_t *)text;
    while (*at) {
        size_t size = sequence(at);
        const char *instead = size == 0 ? "?" : escape ? entity(*at) : NULL;
        size_t length = instead ? strlen(instead) : size;
        memcpy(to, instead ? instead : (const char *)at, length);
        to += length;
        at += size ? size : 1;
    }
    *to = '\0';
    return out;
}

const char *graph_text_escape(struct arena *arena, const char *text)
{
    return convert(arena, text, true);
}

const char *graph_text_clean(struct arena *arena, const char *text)
{
    return convert(arena, text, false);
}
