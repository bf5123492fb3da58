/*
 * Names by Zipf's law in constant time: Walker's alias method over weights that are
 * computed in fixed point, so that every machine draws the same names.
 */
#include "nodes/workload.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/base/arena.h"

struct alias {
    uint32_t threshold; /* below it (of 2^32): this name */
    uint32_t other;     /* otherwise that one */
};

struct workload {
    struct workload_options options;
    struct workload_type *types;
    uint32_t weight_sum;
    struct alias *aliases;
};

/* Weights scaled so that their mean is 2^32; at least 1, so that every name can come up. */
static uint64_t *scaled_weights(const struct workload_options *options)
{
    size_t count = options->name_count;
    uint64_t *weights = memory_alloc(count * sizeof *weights);
    unsigned __int128 sum = 0;
    for (size_t i = 0; i < count; i++) {
        fixed weight = fixed_exp(-fixed_multiply(options->zipf, fixed_log_u64(i + 1)));
        weights[i] = weight > 0 ? (uint64_t)weight : 1;
        sum += weights[i];
    }
    for (size_t i = 0; i < count; i++)
        weights[i] = (uint64_t)(((unsigned __int128)weights[i] * count << 32) / sum);
    return weights;
}

static void build_aliases(struct workload *workload)
{
    const uint64_t one = UINT64_C(1) << 32;
    size_t count = workload->options.name_count;
    uint64_t *left = scaled_weights(&workload->options);
    uint32_t *small = memory_alloc(count * sizeof *small);
    uint32_t *large = memory_alloc(count * sizeof *large);
    size_t small_count = 0, large_count = 0;
    for (uint32_t i = 0; i < count; i++)
        if (left[i] < one)
            small[small_count++] = i;
        else
            large[large_count++] = i;
    while (small_count > 0 && large_count > 0) {
        uint32_t poor = small[--small_count], rich = large[large_count - 1];
        workload->aliases[poor] = (struct alias){(uint32_t)left[poor], rich};
        left[rich] -= one - left[poor];
        if (left[rich] < one) {
            large_count--;
            small[small_count++] = rich;
        }
    }
    while (large_count > 0)
        workload->aliases[large[--large_count]] = (struct alias){UINT32_MAX, 0};
    while (small_count > 0) /* left over by rounding */
        workload->aliases[small[--small_count]] = (struct alias){UINT32_MAX, 0};
    free(left);
    free(small);
    free(large);
}

struct workload *workload_create(const struct workload_options *options)
{
    assert(options->name_count > 0 && options->name_count <= UINT32_MAX);
    static const struct workload_type only_a = {RR_A, 1};
    struct workload *workload = memory_zeroed(sizeof *workload);
    workload->options = *options;
    if (options->type_count == 0) {
        workload->options.types = &only_a;
        workload->options.type_count = 1;
    }
    size_t size = workload->options.type_count * sizeof *workload->types;
    workload->types = memory_alloc(size);
    memcpy(workload->types, workload->options.types, size);
    for (size_t i = 0; i < workload->options.type_count; i++)
        workload->weight_sum += workload->types[i].weight;
    workload->aliases = memory_alloc(options->name_count * sizeof *workload->aliases);
    build_aliases(workload);
    return workload;
}

void workload_destroy(struct workload *workload)
{
    if (!workload)
        return;
    free(workload->types);
    free(workload->aliases);
    free(workload);
}

static uint16_t draw_type(const struct workload *workload, struct random *random)
{
    if (workload->options.type_count == 1)
        return workload->types[0].type;
    uint32_t at = random_below(random, workload->weight_sum);
    size_t i = 0;
    while (at >= workload->types[i].weight)
        at -= workload->types[i++].weight;
    return workload->types[i].type;
}

static const uint8_t *missing_name(const struct workload *workload, struct random *random,
                                   uint8_t buffer[NAME_SIZE_MAX])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t label[16] = "missing-";
    uint64_t luck = random_next(random);
    for (unsigned i = 8; i < sizeof label; i++, luck >>= 4)
        label[i] = (uint8_t)digits[luck & 15];
    const uint8_t *parent = workload->options.missing_parent;
    return name_prepend(bytes_of(label, sizeof label), parent, buffer) ? buffer : parent;
}

const uint8_t *workload_draw(const struct workload *workload, struct random *random,
                             uint8_t buffer[NAME_SIZE_MAX], uint16_t *type)
{
    *type = draw_type(workload, random);
    if (random_chance(random, workload->options.missing_ppb))
        return missing_name(workload, random, buffer);
    uint64_t luck = random_next(random);
    uint32_t i = (uint32_t)((luck >> 32) * workload->options.name_count >> 32);
    if ((uint32_t)luck >= workload->aliases[i].threshold)
        i = workload->aliases[i].other;
    return workload->options.names[i];
}
