/*
 * Segments as bytes: the header of RFC 9293 section 3.1 and the options MSS,
 * window scale and timestamps (RFC 7323), SACK-permitted and SACK (RFC 2018), in
 * the order in which Linux writes them. Urgent data and ECN are ignored.
 */
#include "sim/tcp/internal.h"

#include <assert.h>

enum { HEADER_SIZE = 20 };

enum option_kind {
    OPTION_END = 0,
    OPTION_NOP = 1,
    OPTION_MSS = 2,
    OPTION_SCALE = 3,
    OPTION_SACK_PERMITTED = 4,
    OPTION_SACK = 5,
    OPTION_TIMESTAMPS = 8
};

/* ---- decoding ------------------------------------------------------------------------------ */

static void read_sack(struct reader *r, struct tcp_segment *segment)
{
    while (reader_left(r) >= 8 && segment->sack_count < TCP_SACK_BLOCKS_READ) {
        struct tcp_range *block = &segment->sack[segment->sack_count++];
        block->from = reader_u32(r);
        block->to = reader_u32(r);
    }
}

/* R holds the option's value and no more. An option of a wrong length, or on a segment where it
 * has no meaning, is passed over. */
static void read_option(struct tcp_segment *segment, uint8_t kind, struct reader *r)
{
    bool syn = segment->flags & TCP_FLAG_SYN;
    if (kind == OPTION_MSS && r->size == 2 && syn) {
        segment->mss = reader_u16(r);
    } else if (kind == OPTION_SCALE && r->size == 1 && syn) {
        segment->has_scale = true;
        segment->scale = reader_u8(r);
    } else if (kind == OPTION_SACK_PERMITTED && r->size == 0 && syn) {
        segment->sack_permitted = true;
    } else if (kind == OPTION_TIMESTAMPS && r->size == 8) {
        segment->has_timestamps = true;
        segment->timestamp = reader_u32(r);
        segment->echo = reader_u32(r);
    } else if (kind == OPTION_SACK && !syn) {
        read_sack(r, segment);
    }
}

static bool read_options(struct reader *r, struct tcp_segment *segment)
{
    while (reader_left(r) > 0) {
        uint8_t kind = reader_u8(r);
        if (kind == OPTION_END)
            break;
        if (kind == OPTION_NOP)
            continue;
        uint8_t length = reader_u8(r);
        if (length < 2)
            return false;
        const uint8_t *value = reader_take(r, length - 2u);
        if (!value)
            return false;
        struct reader option = reader_of(value, length - 2u);
        read_option(segment, kind, &option);
    }
    return !r->failed;
}

bool tcp_segment_decode(struct bytes bytes, struct tcp_segment *segment)
{
    *segment = (struct tcp_segment){0};
    struct reader r = reader_of(bytes.data, bytes.size);
    segment->source_port = reader_u16(&r);
    segment->destination_port = reader_u16(&r);
    segment->seq = reader_u32(&r);
    segment->ack = reader_u32(&r);
    size_t header = (size_t)(reader_u8(&r) >> 4) * 4;
    segment->flags = reader_u8(&r);
    segment->window = reader_u16(&r);
    reader_u32(&r); /* checksum and urgent pointer */
    if (r.failed || header < HEADER_SIZE || header > bytes.size)
        return false;
    struct reader options = reader_of(bytes.data + HEADER_SIZE, header - HEADER_SIZE);
    segment->payload = bytes_of(bytes.data + header, bytes.size - header);
    return read_options(&options, segment);
}

uint32_t tcp_segment_length(const struct tcp_segment *segment)
{
    return (uint32_t)segment->payload.size + (segment->flags & TCP_FLAG_SYN ? 1 : 0) +
           (segment->flags & TCP_FLAG_FIN ? 1 : 0);
}

/* ---- encoding ------------------------------------------------------------------------------ */

size_t tcp_segment_sack_size(size_t count)
{
    return count ? 4 + 8 * count : 0;
}

size_t tcp_segment_header_size(const struct tcp_segment *segment)
{
    size_t size = HEADER_SIZE + tcp_segment_sack_size(segment->sack_count);
    if (segment->mss)
        size += 4;
    if (segment->has_timestamps)
        size += TCP_TIMESTAMPS_SIZE;
    else if (segment->sack_permitted)
        size += 4;
    if (segment->has_scale)
        size += 4;
    return size;
}

static void write_option(struct writer *w, enum option_kind kind, uint8_t size)
{
    writer_u8(w, (uint8_t)kind);
    writer_u8(w, size);
}

static void write_padding(struct writer *w)
{
    writer_u8(w, OPTION_NOP);
    writer_u8(w, OPTION_NOP);
}

/* SACK-permitted takes the place of the padding in front of the timestamps. */
static void write_timestamps(struct writer *w, const struct tcp_segment *segment)
{
    if (segment->sack_permitted)
        write_option(w, OPTION_SACK_PERMITTED, 2);
    else
        write_padding(w);
    write_option(w, OPTION_TIMESTAMPS, 10);
    writer_u32(w, segment->timestamp);
    writer_u32(w, segment->echo);
}

static void write_sack(struct writer *w, const struct tcp_segment *segment)
{
    write_padding(w);
    write_option(w, OPTION_SACK, (uint8_t)(2 + 8 * segment->sack_count));
    for (size_t i = 0; i < segment->sack_count; i++) {
        writer_u32(w, segment->sack[i].from);
        writer_u32(w, segment->sack[i].to);
    }
}

static void write_options(struct writer *w, const struct tcp_segment *segment)
{
    if (segment->mss) {
        write_option(w, OPTION_MSS, 4);
        writer_u16(w, segment->mss);
    }
    if (segment->has_timestamps) {
        write_timestamps(w, segment);
    } else if (segment->sack_permitted) {
        write_padding(w);
        write_option(w, OPTION_SACK_PERMITTED, 2);
    }
    if (segment->has_scale) {
        writer_u8(w, OPTION_NOP);
        write_option(w, OPTION_SCALE, 3);
        writer_u8(w, segment->scale);
    }
    if (segment->sack_count > 0)
        write_sack(w, segment);
}

void tcp_segment_encode(const struct tcp_segment *segment, uint8_t *out)
{
    size_t size = tcp_segment_header_size(segment);
    struct writer w = writer_of(out, size);
    writer_u16(&w, segment->source_port);
    writer_u16(&w, segment->destination_port);
    writer_u32(&w, segment->seq);
    writer_u32(&w, segment->ack);
    writer_u8(&w, (uint8_t)(size / 4 << 4));
    writer_u8(&w, segment->flags);
    writer_u16(&w, segment->window);
    writer_u32(&w, 0);
    write_options(&w, segment);
    assert(!w.failed && w.size == size);
}
