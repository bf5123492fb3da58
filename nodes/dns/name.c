/*
 * Domain names in uncompressed wire format: size, order, hash and kinship.
 * RFC 1035 section 3.1, RFC 4343 (case), RFC 4034 section 6.1 (order).
 * Presentation format is in name_text.c, compression in message.c.
 */
#include "nodes/dns/name.h"

#include <assert.h>

#include "nodes/dns/letter.h"

const uint8_t name_root[1] = {0};

size_t name_size(const uint8_t *name)
{
    const uint8_t *p = name;
    while (*p)
        p += *p + 1;
    return (size_t)(p - name) + 1;
}

size_t name_label_count(const uint8_t *name)
{
    size_t count = 0;
    for (; *name; name += *name + 1)
        count++;
    return count;
}

const uint8_t *name_suffix(const uint8_t *name, size_t labels)
{
    size_t count = name_label_count(name);
    assert(labels <= count);
    for (; count > labels; count--)
        name = name_parent(name);
    return name;
}

bool name_equal(const uint8_t *a, const uint8_t *b)
{
    size_t size = name_size(a);
    return size == name_size(b) && letter_equal(a, b, size);
}

bool name_is_under(const uint8_t *name, const uint8_t *ancestor)
{
    size_t size = name_size(name), ancestor_size = name_size(ancestor);
    if (size < ancestor_size)
        return false;
    const uint8_t *tail = name + size - ancestor_size;
    while (name < tail)
        name = name_parent(name);
    return name == tail && letter_equal(name, ancestor, ancestor_size);
}

/* Writes where the labels of NAME start; returns how many there are. */
static size_t label_starts(const uint8_t *name, uint8_t starts[NAME_LABELS_MAX])
{
    size_t count = 0;
    for (size_t at = 0; name[at]; at += name[at] + 1u)
        starts[count++] = (uint8_t)at;
    return count;
}

size_t name_common_labels(const uint8_t *a, const uint8_t *b)
{
    uint8_t a_starts[NAME_LABELS_MAX], b_starts[NAME_LABELS_MAX];
    size_t a_count = label_starts(a, a_starts), b_count = label_starts(b, b_starts);
    size_t common = 0;
    while (common < a_count && common < b_count) {
        const uint8_t *x = a + a_starts[a_count - common - 1];
        const uint8_t *y = b + b_starts[b_count - common - 1];
        if (*x != *y || !letter_equal(x + 1, y + 1, *x))
            break;
        common++;
    }
    return common;
}

/* A label, length octet first, against another: as octet strings in lower case. */
static int label_compare(const uint8_t *a, const uint8_t *b)
{
    size_t size = *a < *b ? *a : *b;
    size_t i = 1;
    while (i + 8 <= size + 1 && letter_fold(letter_load(a + i)) == letter_fold(letter_load(b + i)))
        i += 8;
    for (; i <= size; i++) {
        int order = letter_fold_one(a[i]) - letter_fold_one(b[i]);
        if (order != 0)
            return order;
    }
    return *a - *b;
}

int name_compare(const uint8_t *a, const uint8_t *b)
{
    uint8_t a_starts[NAME_LABELS_MAX], b_starts[NAME_LABELS_MAX];
    size_t a_count = label_starts(a, a_starts), b_count = label_starts(b, b_starts);
    for (; a_count > 0 && b_count > 0; a_count--, b_count--) {
        int order = label_compare(a + a_starts[a_count - 1], b + b_starts[b_count - 1]);
        if (order != 0)
            return order;
    }
    return (a_count > 0) - (b_count > 0);
}

uint64_t name_hash(const uint8_t *name)
{
    return letter_hash(name, name_size(name), 0);
}

size_t name_lower(const uint8_t *name, uint8_t *out)
{
    size_t size = name_size(name), i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t eight = letter_fold(letter_load(name + i));
        memcpy(out + i, &eight, 8);
    }
    for (; i < size; i++)
        out[i] = letter_fold_one(name[i]);
    return size;
}

size_t name_copy(const uint8_t *name, uint8_t *out)
{
    size_t size = name_size(name);
    memmove(out, name, size);
    return size;
}

size_t name_prepend(struct bytes label, const uint8_t *suffix, uint8_t *out)
{
    size_t suffix_size = name_size(suffix);
    assert(label.size > 0);
    if (label.size > NAME_LABEL_MAX || 1 + label.size + suffix_size > NAME_SIZE_MAX)
        return 0;
    memmove(out + 1 + label.size, suffix, suffix_size);
    memcpy(out + 1, label.data, label.size);
    out[0] = (uint8_t)label.size;
    return 1 + label.size + suffix_size;
}

bool name_is_valid(const uint8_t *data, size_t size, size_t *used)
{
    size_t limit = size < NAME_SIZE_MAX ? size : NAME_SIZE_MAX;
    size_t at = 0;
    while (at < limit && data[at] != 0 && data[at] <= NAME_LABEL_MAX)
        at += data[at] + 1u;
    if (at >= limit || data[at] != 0)
        return false;
    *used = at + 1;
    return true;
}
