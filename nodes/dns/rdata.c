/*
 * Comparing RDATA. See rdata.h; what is not here is the parsing and printing of
 * particular types.
 */
#include "nodes/dns/rdata.h"
#include <assert.h>

static bool form_has_names(const char *form)
{
    for (; *form; form++)
        if (*form == 'n' || *form == 'N')
            return true;
    return false;
}

/* Takes the next part of DATA according to *FORM; *IS_NAME tells whether it is a name. */
static struct bytes take_part(const char **form, struct bytes *data, bool *is_name)
{
    char step = *(*form)++;
    *is_name = step == 'n' || step == 'N';
    size_t size = *is_name ? name_size(data->data) : rr_step_size(step, data->data, data->size);
    assert(size <= data->size);
    struct bytes part = bytes_of(data->data, size);
    *data = bytes_of(data->data + part.size, data->size - part.size);
    return part;
}

static int compare_octets(struct bytes a, struct bytes b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common > 0 ? memcmp(a.data, b.data, common) : 0;
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_names(const uint8_t *a, const uint8_t *b)
{
    uint8_t lower_a[NAME_SIZE_MAX], lower_b[NAME_SIZE_MAX];
    return compare_octets(bytes_of(lower_a, name_lower(a, lower_a)),
                          bytes_of(lower_b, name_lower(b, lower_b)));
}

int rdata_compare(uint16_t type, struct bytes a, struct bytes b)
{
    const char *form = rr_rdata_form(type);
    if (!form_has_names(form))
        return compare_octets(a, b);
    /* As long as all parts are equal, so are their sizes, and the same step fits both. */
    while (*form && a.size > 0 && b.size > 0) {
        const char *same_form = form;
        bool is_name;
        struct bytes part_a = take_part(&form, &a, &is_name);
        struct bytes part_b = take_part(&same_form, &b, &is_name);
        int order =
            is_name ? compare_names(part_a.data, part_b.data) : compare_octets(part_a, part_b);
        if (order != 0)
            return order;
    }
    return compare_octets(a, b);
}

uint64_t rdata_hash(uint16_t type, struct bytes rdata, uint64_t seed)
{
    const char *form = rr_rdata_form(type);
    if (!form_has_names(form))
        return bytes_hash(rdata.data, rdata.size, seed);
    while (*form && rdata.size > 0) {
        bool is_name;
        struct bytes part = take_part(&form, &rdata, &is_name);
        uint8_t lower[NAME_SIZE_MAX];
        if (is_name)
            part = bytes_of(lower, name_lower(part.data, lower));
        seed = bytes_hash(part.data, part.size, seed);
    }
    return bytes_hash(rdata.data, rdata.size, seed);
}
