/* The internet that tests of the resolver share. */
#include "tests/support/toy_tree.h"

struct toy_internet toy;

static struct resolver_hint hint;
struct resolver_config toy_tree_config;

void toy_tree_open(const char *const *lines, size_t count, enum resolver_software software)
{
    hint.name = (const uint8_t *)"\1a\14root-servers\3net";
    address_parse(ROOT, &hint.address);
    toy_tree_config =
        (struct resolver_config){.hints = &hint, .hint_count = 1, .software = software};
    toy_open(&toy, &toy_tree_config, lines, count);
}

const struct message *toy_tree_ask(const char *name, uint16_t type)
{
    size_t before = toy.reply_count;
    toy_ask(&toy, name, type);
    toy_pass(&toy, NS_PER_S);
    return toy_reply(&toy, before);
}
