/* Readers of what stands under a zone's `sign`. */
#include "scenarios/files.h"
#include "scenarios/load.h"

bool load_key_file(struct load *load, const struct schema_field *field, const struct yaml *value,
                   void *record)
{
    struct scenario_signing *sign = record;
    const char *error = NULL;
    (void)field;
    if (value->kind != YAML_TEXT || *value->text == '\0')
        return false;
    /* What stands on no line is a --set: relative to the scenario. */
    const char *from = value->place.line > 0 ? value->place.file : load->scenario->file;
    sign->key_file = files_beside(load->arena, from, value->text);
    sign->place = value->place;
    if (!load->files->probe(load->files->context, sign->key_file, &error))
        diagnostics_error(load->diagnostics, value->place,
                          "key file '%s': %s, expected a file that can be read", sign->key_file,
                          error);
    return true;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

bool load_salt(struct load *load, const struct schema_field *field, const struct yaml *value,
               void *record)
{
    struct nsec3_parameters *nsec3 = &((struct scenario_signing *)record)->nsec3;
    size_t digits = value->kind == YAML_TEXT ? strlen(value->text) : 1;
    (void)load;
    (void)field;
    if (digits % 2 != 0 || digits / 2 > NSEC3_SALT_MAX)
        return false;
    for (size_t i = 0; i < digits; i += 2) {
        int high = hex_value(value->text[i]), low = hex_value(value->text[i + 1]);
        if (high < 0 || low < 0)
            return false;
        nsec3->salt[i / 2] = (uint8_t)(high << 4 | low);
    }
    nsec3->salt_size = (uint8_t)(digits / 2);
    return true;
}

bool load_iterations(struct load *load, const struct schema_field *field, const struct yaml *value,
                     void *record)
{
    int64_t count;
    (void)load;
    (void)field;
    if (!value_integer(value->text, &count) || count < 0 || count > NSEC3_ITERATIONS_MAX)
        return false;
    ((struct scenario_signing *)record)->nsec3.iterations = (uint16_t)count;
    return true;
}
