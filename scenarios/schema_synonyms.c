/*
 * What people write instead of the language's keys: the words of other programs, of older RFCs and
 * of everyday speech. Misspelt keys are found by likeness and need no row here.
 */
#include "scenarios/schema.h"

#include <string.h>
#include <strings.h>

/* Of several rows for one word the first counts whose key the record has. */
static const struct {
    const char *word, *key;
} synonyms[] = {
    /* the file */
    {"nameservers", "servers"},
    {"hosts", "servers"},
    {"nodes", "servers"},
    {"locations", "sites"},
    {"datacenters", "sites"},
    {"connections", "links"},
    {"events", "timeline"},
    {"assert", "expect"},
    {"expectations", "expect"},
    {"title", "name"},
    {"length", "duration"},
    /* zones and who holds them */
    {"master", "primary"},
    {"slave", "secondary"},
    {"masters", "from"},
    {"master", "from"},
    {"primary", "from"},
    {"primaries", "from"},
    {"request-xfr", "from"},
    {"masters", "secondary"},
    {"slaves", "secondary"},
    {"primaries", "primary"},
    {"zones", "primary"},
    {"also-notify", "notify"},
    {"provide-xfr", "allow-transfer"},
    {"tsig", "key"},
    {"members", "catalog"},
    {"dnssec", "sign"},
    {"clock", "clock-offset"},
    {"ip", "address"},
    {"ipv4", "address"},
    {"ipv6", "address"},
    {"hostname", "name"},
    {"implementation", "software"},
    {"vendor", "software"},
    /* the map */
    {"coordinates", "location"},
    {"position", "location"},
    {"sites", "between"},
    {"ends", "between"},
    {"latency", "delay"},
    {"rtt", "delay"},
    {"packet-loss", "loss"},
    /* who asks */
    {"number", "count"},
    {"size", "count"},
    {"qps", "rate"},
    {"retries", "attempts"},
    {"nxdomain", "missing"},
    {"every", "interval"},
    /* what happens */
    {"time", "at"},
    {"when", "at"},
    {"kill", "fail"},
    {"crash", "fail"},
    {"down", "fail"},
    {"break", "fail"},
    {"cut", "fail"},
    {"shutdown", "stop"},
    {"halt", "stop"},
    {"up", "recover"},
    {"start", "recover"},
    {"restart", "recover"},
    {"restore", "recover"},
    {"repair", "recover"},
    {"unblock", "recover"},
    {"block", "block-tcp"},
    {"drop-tcp", "block-tcp"},
    {"update", "change"},
    {"edit", "change"},
    {"modify", "change"},
    {"insert", "add"},
    {"delete", "remove"},
    {"serial", "soa"},
    {"poll", "refresh"},
    {"check", "refresh"},
    {"retransfer", "transfer"},
    {"axfr", "transfer"},
    {"unfreeze", "thaw"},
    {"rotate", "renew"},
    {"server", "on"},
};

/* Words for what the language says otherwise than with a key. */
static const struct {
    const char *noun, *word, *expected;
} otherwise[] = {
    {"zone", "ttl", "TTLs in its records"},
    {"zone", "refresh", "it in the zone's SOA record"},
    {"zone", "retry", "it in the zone's SOA record"},
    {"zone", "expire", "it in the zone's SOA record"},
    {"zone", "serial", "it in the zone's SOA record"},
    {"zone", "soa", "the SOA record among its records"},
    {"site", "lat", "location, as in [50.11, 8.68]"},
    {"site", "latitude", "location, as in [50.11, 8.68]"},
    {"site", "lon", "location, as in [50.11, 8.68]"},
    {"site", "longitude", "location, as in [50.11, 8.68]"},
    {"link", "from", "both ends under 'between', as in [fra, iad]"},
    {"link", "to", "both ends under 'between', as in [fra, iad]"},
    {"link", "bandwidth", "delay, jitter or loss: a link has no other limit"},
    {"server", "type", "the zones it holds under 'primary' or 'secondary'"},
    {"server", "role", "the zones it holds under 'primary' or 'secondary'"},
    {"server", "zone", "the zones it holds under 'primary' or 'secondary'"},
    {"signing", "algorithm", "the key's file under 'key-file', or none for Ed25519"},
    {"timeline entry", "action", "what happens as a key, as in 'fail: ns1'"},
    {"timeline entry", "event", "what happens as a key, as in 'fail: ns1'"},
    {"timeline entry", "target", "what happens as a key, as in 'fail: ns1'"},
};

const char *schema_synonym(const struct schema *schema, const char *word)
{
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        if (strcasecmp(synonyms[i].word, word) == 0 && schema_find(schema, synonyms[i].key))
            return synonyms[i].key;
    return NULL;
}

const char *schema_otherwise(const struct schema *schema, const char *word)
{
    for (size_t i = 0; i < sizeof otherwise / sizeof *otherwise; i++)
        if (strcasecmp(otherwise[i].word, word) == 0 &&
            strcmp(otherwise[i].noun, schema->noun) == 0)
            return otherwise[i].expected;
    return NULL;
}

const char *schema_home(const struct schema *schema, const char *key)
{
    for (const struct schema_field *field = schema->fields; field->key; field++)
        if (field->record && schema_find(field->record, key))
            return field->key;
    for (const struct schema_field *field = schema->fields; field->key; field++) {
        const char *home = field->record ? schema_home(field->record, key) : NULL;
        if (home)
            return home;
    }
    return NULL;
}
