/* Text to records, and a loop between the resolver's timer and answers on their way. */
#include "tests/support/toy_internet.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLIENT_PORT = 5353, CREDIT = 65536 };

enum delivery_kind {
    DELIVER_DATAGRAM,
    DELIVER_UNREACHABLE,
    DELIVER_CONNECTED,
    DELIVER_REFUSED,
    DELIVER_BYTES
};

struct toy_delivery {
    enum delivery_kind kind;
    int64_t at_ns;
    uint32_t socket;
    struct address local, remote;
    uint8_t *data;
    size_t size;
};

/* ---- text to records -------------------------------------------------------------------- */

static void parse_name(const char *text, uint8_t *out)
{
    const char *error = NULL;
    size_t size = name_from_text(bytes_of_text(text), NULL, out, &error);
    assert(size > 0);
}

static size_t make_rdata(const char *type, const char *value, const uint8_t *owner, uint8_t *out)
{
    struct address address;
    if (strcmp(type, "A") == 0) {
        bool good = address_parse(value, &address);
        assert(good);
        memcpy(out, address.ip + 12, 4);
        return 4;
    }
    if (strcmp(type, "AAAA") == 0) {
        bool good = address_parse(value, &address);
        assert(good);
        memcpy(out, address.ip, 16);
        return 16;
    }
    if (strcmp(type, "SOA") == 0) {
        size_t size = name_copy(owner, out);
        size += name_copy(owner, out + size);
        memset(out + size, 0, 20);
        bytes_put_u32(out + size + 16, (uint32_t)atoi(value));
        return size + 20;
    }
    if (strcmp(type, "TXT") == 0) {
        size_t left = (size_t)atoi(value), size = 0;
        while (left > 0) {
            size_t part = left > 255 ? 255 : left;
            out[size] = (uint8_t)(part - 1);
            memset(out + size + 1, 'x', part - 1);
            size += part;
            left -= part;
        }
        return size;
    }
    parse_name(value, out);
    return name_size(out);
}

static bool write_record(struct message_writer *w, const char *text)
{
    char section[3], owner_text[256], type[16], value[256];
    unsigned ttl;
    int fields = sscanf(text, " %2s %255s %u %15s %255s", section, owner_text, &ttl, type, value);
    assert(fields == 5);
    uint8_t owner[NAME_SIZE_MAX], rdata[8192];
    parse_name(owner_text, owner);
    struct rr rr = {.owner = owner,
                    .type = rr_type_from_text(bytes_of_text(type)),
                    .class = CLASS_IN,
                    .ttl = ttl,
                    .rdata = bytes_of(rdata, make_rdata(type, value, owner, rdata))};
    enum message_section place = SECTION_ANSWER;
    if (strcmp(section, "au") == 0)
        place = SECTION_AUTHORITY;
    else if (strcmp(section, "ad") == 0)
        place = SECTION_ADDITIONAL;
    return message_write_rr(w, place, &rr);
}

static bool write_records(struct message_writer *w, const char *records)
{
    while (records && *records) {
        char text[600];
        size_t size = strcspn(records, ";");
        assert(size < sizeof text);
        memcpy(text, records, size);
        text[size] = 0;
        if (!write_record(w, text))
            return false;
        records += size + (records[size] == ';');
        records += strspn(records, " ");
    }
    return true;
}

static const char *const manner_words[TOY_MANNER_COUNT] = {
    [TOY_ANSWER] = "answer",     [TOY_REFERRAL] = "referral",       [TOY_NXDOMAIN] = "nxdomain",
    [TOY_NONAME] = "noname",     [TOY_REFUSED] = "refused",         [TOY_SERVFAIL] = "servfail",
    [TOY_SILENT] = "silent",     [TOY_UNREACHABLE] = "unreachable", [TOY_PLAIN] = "plain",
    [TOY_TRUNCATE] = "truncate",
};

static struct toy_rule parse_line(const char *line)
{
    char server[64], name[256], type[16], manner[16];
    int used = 0;
    int fields = sscanf(line, "%63s %255s %15s %15s %n", server, name, type, manner, &used);
    assert(fields == 4);
    struct toy_rule rule = {.below = name[0] == '*', .records = line + used};
    bool good = address_parse(server, &rule.server);
    assert(good);
    rule.server.port = 53;
    parse_name(!rule.below ? name : name[2] ? name + 2 : ".", rule.name);
    if (strcmp(type, "any") != 0)
        rule.type = rr_type_from_text(bytes_of_text(type));
    while (strcmp(manner_words[rule.manner], manner) != 0) {
        rule.manner++;
        assert(rule.manner < TOY_MANNER_COUNT);
    }
    return rule;
}

/* ---- servers ---------------------------------------------------------------------------- */

static const struct toy_rule *find_rule(const struct toy_internet *toy,
                                        const struct address *server, const uint8_t *qname,
                                        uint16_t qtype)
{
    for (size_t i = 0; i < toy->rule_count; i++) {
        const struct toy_rule *rule = &toy->rules[i];
        bool named = rule->below ? name_is_under(qname, rule->name) : name_equal(qname, rule->name);
        if (named && address_equal(&rule->server, server) &&
            (rule->type == 0 || rule->type == qtype))
            return rule;
    }
    return NULL;
}

static enum rcode rule_rcode(const struct toy_rule *rule, bool with_edns)
{
    switch (rule->manner) {
    case TOY_NXDOMAIN:
    case TOY_NONAME:
        return RCODE_NXDOMAIN;
    case TOY_REFUSED:
        return RCODE_REFUSED;
    case TOY_SERVFAIL:
        return RCODE_SERVFAIL;
    case TOY_PLAIN:
        return with_edns ? RCODE_FORMERR : RCODE_NOERROR;
    case TOY_ANSWER:
    case TOY_REFERRAL:
    case TOY_SILENT:
    case TOY_UNREACHABLE:
    case TOY_TRUNCATE:
    case TOY_MANNER_COUNT:
        break;
    }
    return RCODE_NOERROR;
}

static size_t write_answer(const struct toy_rule *rule, const struct message *query, bool over_tcp,
                           uint8_t *data, size_t capacity)
{
    static struct message_writer w;
    bool with_edns = query->edns.present && rule->manner != TOY_PLAIN;
    bool authoritative = rule->manner != TOY_REFERRAL && rule->manner != TOY_NONAME;
    enum rcode rcode = rule_rcode(rule, query->edns.present);
    message_begin(&w, data, capacity, query->id, OPCODE_QUERY,
                  (uint16_t)(FLAG_QR | (authoritative ? FLAG_AA : 0)));
    if (with_edns)
        message_reserve(&w, MESSAGE_OPT_SIZE);
    message_write_question(&w, query->qname, query->qtype, query->qclass);
    bool complete = rule->manner != TOY_TRUNCATE || over_tcp;
    if (complete && rcode != RCODE_FORMERR)
        complete = write_records(&w, rule->records);
    if (with_edns)
        message_write_opt(&w, MESSAGE_UDP_EDNS_MAX, false, rcode, (struct bytes){0});
    return message_end(&w, complete ? 0 : FLAG_TC, rcode);
}

static struct toy_delivery *deliver(struct toy_internet *toy, enum delivery_kind kind,
                                    const struct driver_output *output)
{
    memory_reserve(toy->deliveries, toy->delivery_count, toy->delivery_capacity);
    struct toy_delivery *delivery = &toy->deliveries[toy->delivery_count++];
    *delivery = (struct toy_delivery){.kind = kind,
                                      .at_ns = toy->driver.now_ns + toy->delay_ns,
                                      .socket = output->socket,
                                      .local = output->local,
                                      .remote = output->remote};
    return delivery;
}

static const struct toy_rule *take_question(struct toy_internet *toy,
                                            const struct driver_output *output,
                                            struct message *query, bool over_tcp)
{
    size_t prefix = over_tcp ? 2 : 0;
    enum message_error error =
        message_parse(query, bytes_of(output->bytes.data + prefix, output->bytes.size - prefix));
    assert(error == MESSAGE_OK && query->question_count == 1);
    memory_reserve(toy->questions, toy->question_count, toy->question_capacity);
    struct toy_question *question = &toy->questions[toy->question_count++];
    *question = (struct toy_question){.server = output->remote,
                                      .qtype = query->qtype,
                                      .over_tcp = over_tcp,
                                      .with_edns = query->edns.present,
                                      .at_ns = toy->driver.now_ns};
    name_copy(query->qname, question->qname);
    return find_rule(toy, &output->remote, query->qname, query->qtype);
}

static void answer(struct toy_internet *toy, const struct driver_output *output, bool over_tcp)
{
    static struct message query;
    const struct toy_rule *rule = take_question(toy, output, &query, over_tcp);
    if (!rule || rule->manner == TOY_SILENT)
        return;
    if (rule->manner == TOY_UNREACHABLE) {
        deliver(toy, DELIVER_UNREACHABLE, output);
        return;
    }
    size_t prefix = over_tcp ? 2 : 0;
    size_t capacity = over_tcp             ? MESSAGE_SIZE_MAX
                      : query.edns.present ? query.edns.udp_size
                                           : MESSAGE_UDP_PLAIN_MAX;
    struct toy_delivery *delivery =
        deliver(toy, over_tcp ? DELIVER_BYTES : DELIVER_DATAGRAM, output);
    delivery->data = memory_alloc(capacity + prefix);
    delivery->size =
        prefix + write_answer(rule, &query, over_tcp, delivery->data + prefix, capacity);
    if (over_tcp)
        bytes_put_u16(delivery->data, (uint16_t)(delivery->size - 2));
}

static void connect(struct toy_internet *toy, const struct driver_output *output)
{
    for (size_t i = 0; i < toy->rule_count; i++) {
        const struct toy_rule *rule = &toy->rules[i];
        if (!address_equal(&rule->server, &output->remote) || rule->manner == TOY_SILENT)
            continue;
        deliver(toy, rule->manner == TOY_UNREACHABLE ? DELIVER_REFUSED : DELIVER_CONNECTED, output);
        return;
    }
}

static void keep_reply(struct toy_internet *toy, struct bytes bytes)
{
    memory_reserve(toy->replies, toy->reply_count, toy->reply_capacity);
    struct toy_reply *reply = &toy->replies[toy->reply_count++];
    reply->data = memory_alloc(bytes.size);
    memcpy(reply->data, bytes.data, bytes.size);
    reply->size = bytes.size;
    reply->at_ns = toy->driver.now_ns;
}

static void take_outputs(struct toy_internet *toy)
{
    for (; toy->outputs_seen < toy->driver.output_count; toy->outputs_seen++) {
        const struct driver_output *output = &toy->driver.outputs[toy->outputs_seen];
        bool to_server = output->remote.port == 53;
        if (output->kind == HOST_DO_SEND && to_server)
            answer(toy, output, false);
        else if (output->kind == HOST_DO_SEND)
            keep_reply(toy, output->bytes);
        else if (output->kind == HOST_DO_WRITE && to_server)
            answer(toy, output, true);
        else if (output->kind == HOST_DO_CONNECT)
            connect(toy, output);
    }
}

/* ---- time ------------------------------------------------------------------------------- */

/* The connection may have been closed, and its number used again, meanwhile. */
static bool is_same_connection(const struct toy_internet *toy, const struct toy_delivery *d)
{
    const struct driver_socket *socket = &toy->driver.socket_list[d->socket];
    bool right = d->kind == DELIVER_BYTES ? socket->state == DRIVER_OPEN
                                          : socket->state == DRIVER_CONNECTING;
    return right && address_equal(&socket->remote, &d->remote) &&
           socket->local.port == d->local.port;
}

static void arrive(struct toy_internet *toy, const struct toy_delivery *d)
{
    struct node_driver *driver = &toy->driver;
    if (d->kind == DELIVER_DATAGRAM) {
        driver_datagram(driver, &d->local, &d->remote, bytes_of(d->data, d->size));
    } else if (d->kind == DELIVER_UNREACHABLE) {
        if (driver->socket_list[d->socket].state == DRIVER_UDP)
            driver_unreachable(driver, d->socket, &d->remote);
    } else if (is_same_connection(toy, d)) {
        if (d->kind == DELIVER_CONNECTED)
            driver_connected(driver, d->socket, CREDIT);
        else if (d->kind == DELIVER_REFUSED)
            driver_connect_failed(driver, d->socket, HOST_REFUSED);
        else
            driver_bytes(driver, d->socket, bytes_of(d->data, d->size));
    }
}

static size_t first_delivery(const struct toy_internet *toy)
{
    size_t first = 0;
    for (size_t i = 1; i < toy->delivery_count; i++)
        if (toy->deliveries[i].at_ns < toy->deliveries[first].at_ns)
            first = i;
    return first;
}

void toy_pass(struct toy_internet *toy, int64_t span_ns)
{
    int64_t until_ns = toy->driver.now_ns + span_ns;
    for (;;) {
        take_outputs(toy);
        size_t first = first_delivery(toy);
        int64_t next_ns = toy->delivery_count > 0 ? toy->deliveries[first].at_ns : TIME_NEVER;
        if (toy->driver.timer_ns < next_ns && toy->driver.timer_ns <= until_ns) {
            driver_advance(&toy->driver, toy->driver.timer_ns);
            continue;
        }
        if (next_ns > until_ns)
            break;
        struct toy_delivery delivery = toy->deliveries[first];
        memmove(&toy->deliveries[first], &toy->deliveries[first + 1],
                (--toy->delivery_count - first) * sizeof delivery);
        toy->driver.now_ns = next_ns;
        arrive(toy, &delivery);
        free(delivery.data);
    }
    toy->driver.now_ns = until_ns;
}

/* ---- the client ------------------------------------------------------------------------- */

void toy_open(struct toy_internet *toy, const struct resolver_config *config,
              const char *const *lines, size_t line_count)
{
    *toy = (struct toy_internet){.rule_count = line_count, .delay_ns = 10 * NS_PER_MS};
    toy->rules = memory_alloc(line_count * sizeof *toy->rules);
    for (size_t i = 0; i < line_count; i++)
        toy->rules[i] = parse_line(lines[i]);
    driver_create(&toy->driver, &resolver_node, config, 1000000 * NS_PER_S);
}

void toy_close(struct toy_internet *toy)
{
    for (size_t i = 0; i < toy->delivery_count; i++)
        free(toy->deliveries[i].data);
    for (size_t i = 0; i < toy->reply_count; i++)
        free(toy->replies[i].data);
    free(toy->rules);
    free(toy->deliveries);
    free(toy->questions);
    free(toy->replies);
    driver_free(&toy->driver);
}

void toy_ask(struct toy_internet *toy, const char *name, uint16_t type)
{
    uint8_t qname[NAME_SIZE_MAX], query[600];
    parse_name(name, qname);
    size_t size = message_make_query(query, sizeof query, toy->next_id++, FLAG_RD, qname, type,
                                     MESSAGE_UDP_EDNS_MAX, false);
    struct address local = address_from_ipv4(0x0a000001, 53);
    struct address remote = address_from_ipv4(0x0a000009, CLIENT_PORT);
    bool heard = driver_datagram(&toy->driver, &local, &remote, bytes_of(query, size));
    assert(heard);
    take_outputs(toy);
}

const struct message *toy_reply(struct toy_internet *toy, size_t n)
{
    if (n >= toy->reply_count)
        return NULL;
    enum message_error error =
        message_parse(&toy->message, bytes_of(toy->replies[n].data, toy->replies[n].size));
    assert(error == MESSAGE_OK);
    return &toy->message;
}

const char *toy_address(struct toy_internet *toy, size_t n, uint32_t *ttl_s)
{
    static struct message_cursor cursor;
    static char text[ADDRESS_TEXT_SIZE];
    const struct message *message = toy_reply(toy, toy->reply_count - 1);
    struct rr rr;
    assert(message);
    message_cursor_start(&cursor, message);
    while (message_next(&cursor, &rr)) {
        if (cursor.section != SECTION_ANSWER || rr.type != RR_A || n-- > 0)
            continue;
        struct address address = address_from_ipv4(bytes_get_u32(rr.rdata.data), 0);
        *ttl_s = rr.ttl;
        return address_format_ip(&address, text);
    }
    *ttl_s = 0;
    return NULL;
}

size_t toy_asked(const struct toy_internet *toy, const char *server, const char *name)
{
    struct address address = {0};
    uint8_t qname[NAME_SIZE_MAX];
    if (server) {
        bool good = address_parse(server, &address);
        assert(good);
    }
    if (name)
        parse_name(name, qname);
    size_t count = 0;
    for (size_t i = 0; i < toy->question_count; i++) {
        const struct toy_question *question = &toy->questions[i];
        count += (!server || address_same_ip(&question->server, &address)) &&
                 (!name || name_equal(question->qname, qname));
    }
    return count;
}
