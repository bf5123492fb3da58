/*
 * Writing JSON (RFC 8259), key by key, with exact decimals: a number of
 * nanoseconds becomes seconds without ever being a double.
 *
 * Objects and lists are laid out in blocks, a member a line, or on one line.
 * It does not check that keys differ.
 */
#ifndef REPORTS_JSON_H
#define REPORTS_JSON_H

#include "reports/output.h"

#include <stdint.h>

enum { JSON_DEPTH_MAX = 8 };

enum json_layout { JSON_BLOCK, JSON_LINE }; /* all inside of a JSON_LINE is on its line */

struct json {
    struct output_file *file;
    unsigned depth;
    struct json_level {
        enum json_layout layout;
        char closing;
        bool begun; /* it has a member */
    } levels[JSON_DEPTH_MAX + 1];
};

/* All that begins a value takes its KEY: NULL in a list and at the top. Texts are UTF-8. */
void json_open_object(struct json *json, const char *key, enum json_layout layout);
void json_list(struct json *json, const char *key, enum json_layout layout);

/* Ends the innermost object or list; the outermost ends with its line. */
void json_end(struct json *json);

void json_text(struct json *json, const char *key, const char *text); /* NULL: null */
void json_count(struct json *json, const char *key, uint64_t count);
void json_bool(struct json *json, const char *key, bool value);
void json_put_null(struct json *json, const char *key);

/* NUMBER divided by ten to the power of DIGITS: (1500, 3) is 1.5, (1000, 3) is 1.0. */
void json_decimal(struct json *json, const char *key, int64_t number, unsigned digits);

/* The same with all DIGITS: 1.500. For columns that should stand under each other. */
void json_decimal_full(struct json *json, const char *key, int64_t number, unsigned digits);

/* Seconds and milliseconds from nanoseconds. */
void json_seconds(struct json *json, const char *key, int64_t ns);
void json_milliseconds(struct json *json, const char *key, int64_t ns);

#endif
