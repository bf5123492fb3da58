/* The keys under `tls` of a server. */
#include "scenarios/schema_table.h"

static const struct schema_choice transfers[] = {
    {"any", SERVER_TRANSFERS_ANY},
    {"tls-only", SERVER_TRANSFERS_TLS},
    {"mutual-tls", SERVER_TRANSFERS_MUTUAL},
    {NULL, 0},
};
static const struct schema_choice alpn[] = {
    {"required", SERVER_ALPN_REQUIRED},
    {"optional", SERVER_ALPN_OPTIONAL},
    {"none", SERVER_ALPN_NONE},
    {NULL, 0},
};
static const struct schema_field tls_fields[] = {
    {.key = "inception",
     .kind = SCHEMA_DURATION,
     AT(scenario_tls, inception_ns),
     .fallback = "1h",
     .help = "How long before the start the first certificate begins to be valid."},
    {.key = "lifetime",
     .kind = SCHEMA_DURATION,
     AT(scenario_tls, lifetime_ns),
     .minimum = 3600 * NS_PER_S,
     .fallback = "90d",
     .help = "How long a certificate is valid, from its inception on."},
    {.key = "certificate-name",
     .kind = SCHEMA_HOST_NAME,
     AT(scenario_tls, certificate_name),
     .fallback_says = "the server's host name: `name`, or NODE.ZONE for its first zone",
     .help = "The host name that the certificate is for."},
    {.key = "transfers",
     .kind = SCHEMA_CHOICE,
     AT(scenario_tls, transfers),
     .fallback = "any",
     .choices = transfers,
     .help = "Over what zones may be transferred from it."},
    {.key = "alpn",
     .kind = SCHEMA_CHOICE,
     AT(scenario_tls, alpn),
     .fallback = "required",
     .choices = alpn,
     .help = "Whether a zone is given only where ALPN agreed on `dot`; none: it knows no ALPN."},
    {0},
};
const struct schema schema_tls = {"TLS", SCHEMA_NAMELESS, sizeof(struct scenario_tls), NULL,
                                  tls_fields};
