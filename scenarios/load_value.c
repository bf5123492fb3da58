/* Readers of plain values: one text in, one number or word out. */
#include "scenarios/load.h"

#include <openssl/evp.h>

#include <string.h>

enum { SECRET_TEXT_MAX = 4096, COUNT_MAX = 1000000, TITLE_MAX = 100 };

#define RATE_MAX INT64_C(1000000000) /* in a second: one a nanosecond */

static void *member(const struct schema_field *field, void *record)
{
    return (char *)record + field->offset;
}

bool load_text(struct load *load, const struct schema_field *field, const struct yaml *value,
               void *record)
{
    (void)load;
    if (value->kind != YAML_TEXT)
        return false;
    *(const char **)member(field, record) = value->text;
    return true;
}

/* Letters, digits, hyphens and dots, and the star of a wildcard; no final dot. */
bool load_host_name(struct load *load, const struct schema_field *field, const struct yaml *value,
                    void *record)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.*";
    size_t size = strlen(value->text);
    if (size == 0 || size > TLS_NAME_MAX || strspn(value->text, letters) != size ||
        value->text[size - 1] == '.')
        return false;
    return load_text(load, field, value, record);
}

bool load_setting(struct load *load, const struct schema_field *field, const struct yaml *value,
                  void *record)
{
    if (!strchr(value->text, '=') || value->text[0] == '=')
        return false;
    return load_text(load, field, value, record);
}

/* A name of one directory: no way out of it, nothing hidden, nothing that a terminal obeys. */
bool load_title(struct load *load, const struct schema_field *field, const struct yaml *value,
                void *record)
{
    const char *text = value->text;
    if (*text == '.' || *text == '\0' || strlen(text) > TITLE_MAX || strchr(text, '/'))
        return false;
    for (size_t i = 0; text[i]; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return false;
    }
    return load_text(load, field, value, record);
}

bool load_seed(struct load *load, const struct schema_field *field, const struct yaml *value,
               void *record)
{
    int64_t seed;
    (void)load;
    if (!value_integer(value->text, &seed) || seed < 0)
        return false;
    *(uint64_t *)member(field, record) = (uint64_t)seed;
    return true;
}

bool load_count(struct load *load, const struct schema_field *field, const struct yaml *value,
                void *record)
{
    int64_t count;
    (void)load;
    if (!value_integer(value->text, &count) || count < 1 || count > COUNT_MAX)
        return false;
    *(uint32_t *)member(field, record) = (uint32_t)count;
    return true;
}

bool load_serial(struct load *load, const struct schema_field *field, const struct yaml *value,
                 void *record)
{
    int64_t serial;
    struct scenario_event *event = record;
    (void)load;
    (void)field;
    if (!value_integer(value->text, &serial) || serial < 0 || serial > UINT32_MAX)
        return false;
    event->has_serial = true;
    event->serial = (uint32_t)serial;
    return true;
}

bool load_boolean(struct load *load, const struct schema_field *field, const struct yaml *value,
                  void *record)
{
    (void)load;
    return value_boolean(value->text, member(field, record));
}

bool load_choice(struct load *load, const struct schema_field *field, const struct yaml *value,
                 void *record)
{
    struct likeness likeness = {.written = value->text};
    const char *longer = NULL; /* 'bind' is not like 'bind-9.18', but part of it */
    for (const struct schema_choice *choice = field->choices; choice->text; choice++) {
        likeness_offer(&likeness, choice->text);
        if (!longer && value->text[0] && value->text[1] && strstr(choice->text, value->text))
            longer = choice->text;
        if (strcmp(choice->text, value->text) == 0) {
            memcpy(member(field, record), &choice->value, sizeof choice->value);
            return true;
        }
    }
    if (!likeness.best && !longer)
        return false;
    diagnostics_error(load->diagnostics, value->place, "'%s' is '%s', did you mean '%s'?",
                      field->key, value->text, likeness.best ? likeness.best : longer);
    return true;
}

bool load_duration(struct load *load, const struct schema_field *field, const struct yaml *value,
                   void *record)
{
    int64_t duration_ns;
    (void)load;
    if (!value_duration(value->text, &duration_ns) || duration_ns < field->minimum)
        return false;
    if (field->maximum > 0 && duration_ns > field->maximum)
        return false;
    *(int64_t *)member(field, record) = duration_ns;
    return true;
}

bool load_offset(struct load *load, const struct schema_field *field, const struct yaml *value,
                 void *record)
{
    int64_t offset_ns;
    (void)load;
    bool negative = value->text[0] == '-';
    if (!value_duration(value->text + negative, &offset_ns))
        return false;
    *(int64_t *)member(field, record) = negative ? -offset_ns : offset_ns;
    return true;
}

/* Base64 (RFC 4648 section 4) of at least one octet. */
bool load_secret(struct load *load, const struct schema_field *field, const struct yaml *value,
                 void *record)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t size = strlen(value->text), letters = strspn(value->text, alphabet);
    size_t padding = strspn(value->text + letters, "=");
    if (letters == 0 || letters + padding != size || size % 4 != 0 || padding > 2 ||
        size > SECRET_TEXT_MAX)
        return false;
    uint8_t *secret = arena_alloc(load->arena, size / 4 * 3 + 1);
    int decoded = EVP_DecodeBlock(secret, (const uint8_t *)value->text, (int)size);
    if (decoded < 0)
        return false;
    *(struct bytes *)member(field, record) = bytes_of(secret, (size_t)decoded - padding);
    return true;
}

bool load_instant(struct load *load, const struct schema_field *field, const struct yaml *value,
                  void *record)
{
    return value_instant(value->text, load->scenario->start_ns, member(field, record));
}

bool load_timestamp(struct load *load, const struct schema_field *field, const struct yaml *value,
                    void *record)
{
    (void)load;
    return value_timestamp(value->text, member(field, record));
}

bool load_percentage(struct load *load, const struct schema_field *field, const struct yaml *value,
                     void *record)
{
    (void)load;
    return value_percentage(value->text, member(field, record));
}

bool load_decimal(struct load *load, const struct schema_field *field, const struct yaml *value,
                  void *record)
{
    fixed number;
    (void)load;
    if (!value_decimal(value->text, &number) || number < field->minimum * FIXED_ONE)
        return false;
    *(fixed *)member(field, record) = number;
    return true;
}

bool load_rate(struct load *load, const struct schema_field *field, const struct yaml *value,
               void *record)
{
    struct rate rate;
    (void)load;
    if (!value_rate(value->text, &rate) || rate.events_ppb == 0)
        return false;
    if (rate.events_ppb > (__int128)RATE_MAX * PPB_ONE * (rate.period_ns / NS_PER_S))
        return false;
    *(struct rate *)member(field, record) = rate;
    return true;
}
