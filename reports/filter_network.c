/* Sorting addresses, and joining halves of a network until none is left that has its other half. */
#include "reports/filter_network.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    return address_compare(&((const struct filter_network *)a)->address,
                           &((const struct filter_network *)b)->address);
}

static bool bit_of(const struct filter_network *network, unsigned bit)
{
    return network->address.ip[bit / 8] >> (7 - bit % 8) & 1;
}

/* Two halves of one network, LOW the one with a 0 as its last bit. */
static bool are_siblings(const struct filter_network *low, const struct filter_network *high)
{
    if (low->bits != high->bits || low->bits == 0 || bit_of(low, low->bits - 1))
        return false;
    struct filter_network other = *low;
    other.address.ip[(low->bits - 1) / 8] |= (uint8_t)(1 << (7 - (low->bits - 1) % 8));
    return address_same_ip(&other.address, &high->address);
}

size_t filter_networks_join(struct filter_network *networks, size_t count)
{
    qsort(networks, count, sizeof *networks, compare);
    size_t joined = 0;
    for (size_t i = 0; i < count; i++) {
        if (joined && address_same_ip(&networks[joined - 1].address, &networks[i].address))
            continue;
        networks[joined++] = networks[i];
        while (joined > 1 && are_siblings(&networks[joined - 2], &networks[joined - 1]))
            networks[--joined - 1].bits--;
    }
    return joined;
}
