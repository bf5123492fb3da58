/* Writing JSON: one level of nesting is one entry of a stack. */
#include "reports/json.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static void put(struct json *json, const char *text)
{
    output_write(json->file, text, strlen(text));
}

static void write_string(struct json *json, const char *text)
{
    put(json, "\"");
    const char *start = text;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        output_write(json->file, start, (size_t)(text - start));
        if (c < 0x20)
            output_printf(json->file, "\\u%04x", c);
        else
            output_printf(json->file, "\\%c", c);
        start = text + 1;
    }
    output_write(json->file, start, (size_t)(text - start));
    put(json, "\"");
}

static void new_line(struct json *json)
{
    put(json, "\n");
    for (unsigned i = 0; i < json->depth; i++)
        put(json, "  ");
}

/* What comes before a value: a comma, the place, the key. */
static void begin(struct json *json, const char *key)
{
    struct json_level *level = &json->levels[json->depth];
    if (json->depth > 0) {
        bool line = level->layout == JSON_LINE;
        if (level->begun)
            put(json, line ? ", " : ",");
        if (!line)
            new_line(json);
        level->begun = true;
    }
    if (key) {
        write_string(json, key);
        put(json, ": ");
    }
}

static void nest(struct json *json, const char *key, enum json_layout layout, const char *brackets)
{
    begin(json, key);
    output_write(json->file, brackets, 1);
    assert(json->depth < JSON_DEPTH_MAX);
    if (json->depth > 0 && json->levels[json->depth].layout == JSON_LINE)
        layout = JSON_LINE;
    json->levels[++json->depth] = (struct json_level){layout, brackets[1], false};
}

void json_open_object(struct json *json, const char *key, enum json_layout layout)
{
    nest(json, key, layout, "{}");
}

void json_list(struct json *json, const char *key, enum json_layout layout)
{
    nest(json, key, layout, "[]");
}

void json_end(struct json *json)
{
    struct json_level level = json->levels[json->depth--];
    if (level.layout == JSON_BLOCK && level.begun)
        new_line(json);
    output_write(json->file, &level.closing, 1);
    if (json->depth == 0)
        put(json, "\n");
}

void json_text(struct json *json, const char *key, const char *text)
{
    begin(json, key);
    if (text)
        write_string(json, text);
    else
        put(json, "null");
}

void json_count(struct json *json, const char *key, uint64_t count)
{
    begin(json, key);
    output_printf(json->file, "%" PRIu64, count);
}

void json_bool(struct json *json, const char *key, bool value)
{
    begin(json, key);
    put(json, value ? "true" : "false");
}

void json_put_null(struct json *json, const char *key)
{
    begin(json, key);
    put(json, "null");
}

/* ---- decimals ----------------------------------------------------------------------------- */

enum { DECIMAL_SIZE = 32 };

static void write_decimal(struct json *json, int64_t number, unsigned digits, bool full)
{
    char text[DECIMAL_SIZE];
    uint64_t size = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    uint64_t one = 1;
    for (unsigned i = 0; i < digits; i++)
        one *= 10;
    int length = snprintf(text, sizeof text, "%s%" PRIu64 ".%0*" PRIu64, number < 0 ? "-" : "",
                          size / one, (int)digits, size % one);
    while (!full && text[length - 1] == '0' && text[length - 2] != '.')
        length--;
    output_write(json->file, text, (size_t)length);
}

void json_decimal(struct json *json, const char *key, int64_t number, unsigned digits)
{
    begin(json, key);
    write_decimal(json, number, digits, false);
}

void json_decimal_full(struct json *json, const char *key, int64_t number, unsigned digits)
{
    begin(json, key);
    write_decimal(json, number, digits, true);
}

void json_seconds(struct json *json, const char *key, int64_t ns)
{
    json_decimal(json, key, ns, 9);
}

void json_milliseconds(struct json *json, const char *key, int64_t ns)
{
    json_decimal(json, key, ns, 6);
}
