/* Two stacks and a toy network: see the header. */
#include "tests/support/tcp_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <pcap/pcap.h>

/* ---- the network ------------------------------------------------------------------------- */

static bool arrives_first(const struct pair *pair, size_t a, size_t b)
{
    int64_t a_ns = pair->segments[a].arrival_ns, b_ns = pair->segments[b].arrival_ns;
    return a_ns != b_ns ? a_ns < b_ns : a < b;
}

static void fly(struct pair *pair, size_t index)
{
    memory_reserve(pair->flying, pair->flying_count, pair->flying_capacity);
    size_t at = pair->flying_count++;
    for (; at > 0 && arrives_first(pair, index, pair->flying[(at - 1) / 2]); at = (at - 1) / 2)
        pair->flying[at] = pair->flying[(at - 1) / 2];
    pair->flying[at] = index;
}

static size_t land(struct pair *pair)
{
    size_t first = pair->flying[0];
    size_t last = pair->flying[--pair->flying_count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= pair->flying_count)
            break;
        if (child + 1 < pair->flying_count &&
            arrives_first(pair, pair->flying[child + 1], pair->flying[child]))
            child++;
        if (!arrives_first(pair, pair->flying[child], last))
            break;
        pair->flying[at] = pair->flying[child];
        at = child;
    }
    pair->flying[at] = last;
    return first;
}

static int64_t line_ns(struct pair *pair, bool from_left, size_t size)
{
    int64_t *free_ns = &pair->line_free_ns[from_left];
    if (*free_ns < pair->now_ns)
        *free_ns = pair->now_ns;
    *free_ns += (int64_t)(size + 40) * pair->ns_per_octet;
    return *free_ns;
}

static void post(struct pair *pair, bool from_left, const uint8_t *bytes, size_t size, bool again)
{
    memory_reserve(pair->segments, pair->count, pair->capacity);
    struct pair_segment *segment = &pair->segments[pair->count];
    *segment = (struct pair_segment){
        .sent_ns = pair->now_ns, .from_left = from_left, .duplicate = again, .size = size};
    segment->bytes = memory_alloc(size);
    memcpy(segment->bytes, bytes, size);
    assert_true(tcp_segment_decode(bytes_of(segment->bytes, size), &segment->header));
    segment->arrival_ns = line_ns(pair, from_left, size) + pair->delay_ns;
    if (pair->jitter_ns > 0)
        segment->arrival_ns += random_between(&pair->luck, 0, pair->jitter_ns);
    pair->count++;
    if (random_chance(&pair->luck, pair->loss_ppb) || (pair->lose && pair->lose(pair, segment)))
        segment->arrival_ns = TIME_NEVER;
    else
        fly(pair, pair->count - 1);
}

static uint8_t *give_room(void *context, size_t size)
{
    struct pair_end *end = context;
    assert_true(size <= 1500 - 20);
    end->room_size = size;
    return end->room;
}

static void send_segment(void *context, const struct address *source,
                         const struct address *destination, size_t size)
{
    struct pair_end *end = context;
    struct pair *pair = end->pair;
    bool from_left = end == &pair->left;
    const struct pair_end *other = from_left ? &pair->right : &pair->left;
    assert_true(size == end->room_size);
    assert_int_equal(bytes_get_u16(end->room), source->port);
    assert_int_equal(bytes_get_u16(end->room + 2), destination->port);
    if (!address_same_ip(destination, &other->address))
        return;
    post(pair, from_left, end->room, size, false);
    if (random_chance(&pair->luck, pair->duplicate_ppb))
        post(pair, from_left, end->room, size, true);
}

/* ---- the ends ------------------------------------------------------------------------------ */

static void keep_event(void *context, const struct tcp_event *event)
{
    struct pair_end *end = context;
    memory_reserve(end->pending, end->pending_count, end->pending_capacity);
    struct tcp_event *kept = &end->pending[end->pending_count++];
    *kept = *event;
    uint8_t *copy = memory_alloc(event->bytes.size);
    if (event->bytes.size > 0)
        memcpy(copy, event->bytes.data, event->bytes.size);
    kept->bytes.data = copy;
}

static void note_deadline(void *context, int64_t at_ns)
{
    struct pair_end *end = context;
    end->deadline_ns = at_ns;
}

static void keep_received(struct pair_end *end, const struct tcp_event *event)
{
    struct bytes bytes = event->bytes;
    if (end->received_capacity - end->received_size < bytes.size) {
        end->received_capacity = (end->received_size + bytes.size) * 2;
        end->received = memory_resize(end->received, end->received_capacity);
    }
    memcpy(end->received + end->received_size, bytes.data, bytes.size);
    end->received_size += bytes.size;
    if (!end->reads_nothing)
        tcp_consume(end->stack, event->socket, bytes.size, end->pair->now_ns);
}

static void write_some(struct pair_end *end, uint32_t number)
{
    struct pair_socket *socket = &end->sockets_of_node[number];
    size_t left = end->to_write.size - socket->written;
    if ((end->write_after_bytes && !socket->got_bytes) || left == 0)
        return;
    size_t size = left < socket->credit ? left : socket->credit;
    if (size > 0)
        tcp_write(end->stack, number, bytes_of(end->to_write.data + socket->written, size),
                  end->pair->now_ns);
    socket->written += size;
    socket->credit -= size;
    if (size == left && end->close_when_written)
        tcp_close(end->stack, number, end->pair->now_ns);
}

static void handle(struct pair_end *end, const struct tcp_event *event)
{
    struct pair_socket *socket = &end->sockets_of_node[event->socket];
    end->events[event->kind]++;
    end->last_event_ns[event->kind] = end->pair->now_ns;
    if (event->kind == TCP_ACCEPTED)
        end->socket = event->socket;
    if (event->kind == TCP_ACCEPTED || event->kind == TCP_CONNECTED)
        *socket = (struct pair_socket){0};
    if (event->failure != HOST_FAILURE_NONE)
        end->failure = event->failure;
    if (event->credit > 0)
        socket->credit = event->credit;
    if (event->kind == TCP_BYTES) {
        socket->got_bytes = true;
        keep_received(end, event);
    }
    if (event->credit > 0 || event->kind == TCP_BYTES)
        write_some(end, event->socket);
    if (event->kind == TCP_FINISHED && end->close_when_finished)
        tcp_close(end->stack, event->socket, end->pair->now_ns);
    if (event->kind == TCP_GONE || event->kind == TCP_RESET || event->kind == TCP_CONNECT_FAILED)
        host_sockets_give(&end->sockets, event->socket);
}

void pair_settle(struct pair_end *end)
{
    for (size_t i = 0; i < end->pending_count; i++) {
        struct tcp_event event = end->pending[i];
        handle(end, &event);
        free((void *)(uintptr_t)event.bytes.data);
    }
    end->pending_count = 0;
}

static void init_end(struct pair *pair, struct pair_end *end, uint32_t ip, uint64_t key)
{
    end->pair = pair;
    end->random.key = key;
    end->address = address_from_ipv4(ip, 0);
    end->deadline_ns = TIME_NEVER;
    end->stack = tcp_create(&(struct tcp_environment){.context = end,
                                                      .random = &end->random,
                                                      .sockets = &end->sockets,
                                                      .room = give_room,
                                                      .send = send_segment,
                                                      .event = keep_event,
                                                      .deadline = note_deadline});
}

static void free_end(struct pair_end *end)
{
    tcp_destroy(end->stack);
    for (size_t i = 0; i < end->pending_count; i++)
        free((void *)(uintptr_t)end->pending[i].bytes.data);
    free(end->pending);
    free(end->received);
    host_sockets_free(&end->sockets);
}

void pair_init(struct pair *pair, uint64_t seed)
{
    *pair = (struct pair){.now_ns = NS_PER_S, .delay_ns = 25 * NS_PER_MS};
    pair->luck.key = seed * 3;
    init_end(pair, &pair->left, 0xc0000201, seed * 3 + 1);
    init_end(pair, &pair->right, 0xc0000202, seed * 3 + 2);
    struct address local = pair->right.address;
    local.port = PAIR_PORT;
    pair->right.listener = host_sockets_take(&pair->right.sockets);
    assert_true(tcp_listen(pair->right.stack, pair->right.listener, &local));
}

void pair_free(struct pair *pair)
{
    free_end(&pair->left);
    free_end(&pair->right);
    for (size_t i = 0; i < pair->count; i++)
        free(pair->segments[i].bytes);
    free(pair->segments);
    free(pair->flying);
}

void pair_connect(struct pair *pair)
{
    struct pair_end *left = &pair->left;
    struct address remote = pair->right.address;
    remote.port = PAIR_PORT;
    left->socket = host_sockets_take(&left->sockets);
    tcp_connect(left->stack, left->socket, &left->address, &remote, pair->now_ns);
    pair_settle(left);
}

/* ---- running -------------------------------------------------------------------------------- */

static void deliver_next(struct pair *pair)
{
    struct pair_segment segment = pair->segments[land(pair)];
    struct pair_end *from = segment.from_left ? &pair->left : &pair->right;
    struct pair_end *to = segment.from_left ? &pair->right : &pair->left;
    tcp_arrived(to->stack, &from->address, &to->address, bytes_of(segment.bytes, segment.size),
                pair->now_ns);
    pair_settle(to);
}

static void ring(struct pair_end *end)
{
    end->deadline_ns = TIME_NEVER;
    tcp_timer(end->stack, end->pair->now_ns);
    pair_settle(end);
}

static int64_t next_ns(const struct pair *pair)
{
    int64_t at_ns =
        pair->flying_count > 0 ? pair->segments[pair->flying[0]].arrival_ns : TIME_NEVER;
    if (pair->left.deadline_ns < at_ns)
        at_ns = pair->left.deadline_ns;
    if (pair->right.deadline_ns < at_ns)
        at_ns = pair->right.deadline_ns;
    return at_ns;
}

static void step(struct pair *pair)
{
    pair->now_ns = next_ns(pair);
    if (pair->flying_count > 0 && pair->segments[pair->flying[0]].arrival_ns == pair->now_ns)
        deliver_next(pair);
    else if (pair->left.deadline_ns == pair->now_ns)
        ring(&pair->left);
    else
        ring(&pair->right);
}

void pair_run(struct pair *pair, int64_t until_ns)
{
    while (next_ns(pair) <= until_ns)
        step(pair);
    pair->now_ns = until_ns;
}

void pair_run_dry(struct pair *pair)
{
    while (next_ns(pair) != TIME_NEVER)
        step(pair);
}

void pair_inject(struct pair_end *end, struct tcp_segment segment)
{
    const struct pair *pair = end->pair;
    const struct pair_end *other = end == &pair->left ? &pair->right : &pair->left;
    uint8_t bytes[2048];
    size_t size = tcp_segment_header_size(&segment);
    tcp_segment_encode(&segment, bytes);
    if (segment.payload.size > 0)
        memcpy(bytes + size, segment.payload.data, segment.payload.size);
    size += segment.payload.size;
    tcp_arrived(end->stack, &other->address, &end->address, bytes_of(bytes, size), pair->now_ns);
    pair_settle(end);
}

/* ---- asking -----------------------------------------------------------------------------------
 */

static bool matches(const struct pair_segment *segment, bool from_left, uint8_t flags)
{
    return segment->from_left == from_left && !segment->duplicate &&
           (segment->header.flags & flags) == flags;
}

size_t pair_count(const struct pair *pair, bool from_left, uint8_t flags)
{
    size_t count = 0;
    for (size_t i = 0; i < pair->count; i++)
        count += matches(&pair->segments[i], from_left, flags);
    return count;
}

const struct pair_segment *pair_nth(const struct pair *pair, bool from_left, uint8_t flags,
                                    size_t n)
{
    for (size_t i = 0; i < pair->count; i++)
        if (matches(&pair->segments[i], from_left, flags) && n-- == 0)
            return &pair->segments[i];
    fail_msg("no such segment was sent");
    return NULL;
}

size_t pair_retransmissions(const struct pair *pair, bool from_left)
{
    size_t count = 0;
    bool any = false;
    uint32_t end = 0;
    for (size_t i = 0; i < pair->count; i++) {
        const struct pair_segment *segment = &pair->segments[i];
        uint32_t length = tcp_segment_length(&segment->header);
        if (!matches(segment, from_left, 0) || length == 0)
            continue;
        if (any && sequence_before(segment->header.seq, end))
            count++;
        if (!any || sequence_after(segment->header.seq + length, end))
            end = segment->header.seq + length;
        any = true;
    }
    return count;
}

uint8_t *pair_pattern(size_t size, uint64_t seed)
{
    uint8_t *bytes = memory_alloc(size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(random_at(seed, i / 8) >> (i % 8 * 8));
    return bytes;
}

/* ---- capture ------------------------------------------------------------------------------------
 */

static uint32_t sum_words(const uint8_t *bytes, size_t size, uint32_t sum)
{
    for (size_t i = 0; i + 1 < size; i += 2)
        sum += bytes_get_u16(bytes + i);
    return size % 2 ? sum + (uint32_t)(bytes[size - 1] << 8) : sum;
}

static uint16_t checksum(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static size_t write_frame(const struct pair *pair, const struct pair_segment *segment,
                          uint8_t frame[2048])
{
    const struct pair_end *from = segment->from_left ? &pair->left : &pair->right;
    const struct pair_end *to = segment->from_left ? &pair->right : &pair->left;
    size_t size = 20 + segment->size;
    memset(frame, 0, 20);
    frame[0] = 0x45;
    bytes_put_u16(frame + 2, (uint16_t)size);
    frame[6] = 0x40;
    frame[8] = 64;
    frame[9] = IP_TCP;
    memcpy(frame + 12, from->address.ip + 12, 4);
    memcpy(frame + 16, to->address.ip + 12, 4);
    memcpy(frame + 20, segment->bytes, segment->size);
    bytes_put_u16(frame + 10, checksum(sum_words(frame, 20, 0)));
    uint32_t sum = sum_words(frame + 12, 8, IP_TCP + (uint32_t)segment->size);
    bytes_put_u16(frame + 36, checksum(sum_words(frame + 20, segment->size, sum)));
    return size;
}

void pair_write_capture(const struct pair *pair, const char *path)
{
    pcap_t *pcap = pcap_open_dead_with_tstamp_precision(DLT_RAW, 65535, PCAP_TSTAMP_PRECISION_NANO);
    pcap_dumper_t *dumper = pcap_dump_open(pcap, path);
    assert_non_null(dumper);
    for (size_t i = 0; i < pair->count; i++) {
        uint8_t frame[2048];
        size_t size = write_frame(pair, &pair->segments[i], frame);
        struct pcap_pkthdr header = {.caplen = (bpf_u_int32)size, .len = (bpf_u_int32)size};
        header.ts.tv_sec = (time_t)(pair->segments[i].sent_ns / NS_PER_S);
        header.ts.tv_usec = (suseconds_t)(pair->segments[i].sent_ns % NS_PER_S);
        pcap_dump((u_char *)dumper, &header, frame);
    }
    pcap_dump_close(dumper);
    pcap_close(pcap);
}

enum tcp_state pair_state(const struct pair_end *end)
{
    return end->stack->first ? end->stack->first->state : TCP_CLOSED;
}

void pair_establish(struct pair *pair)
{
    pair_init(pair, 1);
    pair_connect(pair);
    pair_run(pair, pair->now_ns + 100 * NS_PER_MS);
    assert_int_equal(pair->left.events[TCP_CONNECTED], 1);
    assert_int_equal(pair->right.events[TCP_ACCEPTED], 1);
}
