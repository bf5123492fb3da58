/*
 * A writer of pcapng: each block is put together in memory and written at once.
 * Blocks and options as in draft-ietf-opsawg-pcapng, sections 4.1 to 4.5 and 4.7.
 */
#include "reports/pcapng.h"

#include <stdlib.h>
#include <string.h>

#include "reports/frame.h"
#include "sim/base/arena.h"

enum block_type {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_NAMES = 4,
    BLOCK_PACKET = 6,
    BLOCK_SECRETS = 10,
};

enum option {
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_INTERFACE_NAME = 2,
    OPTION_INTERFACE_DESCRIPTION = 3,
    OPTION_APPLICATION = 4,
    OPTION_TIME_RESOLUTION = 9,
};

enum {
    NAME_END = 0,
    NAME_IPV4 = 1,
    NAME_IPV6 = 2,
    TEXT_MAX = 60000, /* octets of an option or a name, below the format's 65535 */
    NAMES_BLOCK_MAX = 256 * 1024,
    PACKET_HEADER = 28,
    OPTION_END_SIZE = 4,
    NANOSECONDS = 9, /* 10^-9 s */
    SECRETS_TLS = 0x544c534b,
};

struct block {
    uint8_t *data;
    size_t size, capacity;
};

static uint8_t *block_room(struct block *block, size_t size)
{
    while (block->capacity - block->size < size) {
        block->capacity = block->capacity ? block->capacity * 2 : 256;
        block->data = memory_resize(block->data, block->capacity);
    }
    block->size += size;
    return block->data + block->size - size;
}

static void put_little_u16(uint8_t *out, uint16_t value)
{
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
}

static void put_little_u32(uint8_t *out, uint32_t value)
{
    put_little_u16(out, (uint16_t)value);
    put_little_u16(out + 2, (uint16_t)(value >> 16));
}

static void add_u32(struct block *block, uint32_t value)
{
    put_little_u32(block_room(block, 4), value);
}

static size_t padded(size_t size)
{
    return (size + 3) / 4 * 4;
}

/* Options and name records alike: code, size of the value, value, padding to four octets. */
static uint8_t *add_value(struct block *block, uint16_t code, size_t size)
{
    uint8_t *out = block_room(block, 4 + padded(size));
    put_little_u16(out, code);
    put_little_u16(out + 2, (uint16_t)size);
    memset(out + 4, 0, padded(size));
    return out + 4;
}

static void add_text(struct block *block, enum option option, const char *text)
{
    if (!text)
        return;
    size_t size = strnlen(text, TEXT_MAX);
    memcpy(add_value(block, (uint16_t)option, size), text, size);
}

static void begin(struct block *block, enum block_type type)
{
    *block = (struct block){0};
    add_u32(block, type);
    add_u32(block, 0);
}

/* Sets the size at both ends, writes and frees the block. */
static void finish(struct block *block, struct output_file *file)
{
    add_u32(block, (uint32_t)block->size + 4);
    put_little_u32(block->data + 4, (uint32_t)block->size);
    output_write(file, block->data, block->size);
    free(block->data);
}

void pcapng_section(struct output_file *file, const char *application, const char *comment)
{
    struct block block;
    begin(&block, BLOCK_SECTION);
    add_u32(&block, 0x1a2b3c4d); /* byte order */
    add_u32(&block, 1);          /* version 1.0 */
    add_u32(&block, UINT32_MAX); /* the section's size is not known yet: all ones in 64 bits */
    add_u32(&block, UINT32_MAX);
    add_text(&block, OPTION_COMMENT, comment);
    add_text(&block, OPTION_APPLICATION, application);
    add_u32(&block, OPTION_END);
    finish(&block, file);
}

void pcapng_interface(struct output_file *file, const char *name, const char *description)
{
    struct block block;
    begin(&block, BLOCK_INTERFACE);
    add_u32(&block, FRAME_LINKTYPE);
    add_u32(&block, 0); /* no limit on a packet's size */
    add_text(&block, OPTION_INTERFACE_NAME, name);
    add_text(&block, OPTION_INTERFACE_DESCRIPTION, description);
    *add_value(&block, OPTION_TIME_RESOLUTION, 1) = NANOSECONDS;
    add_u32(&block, OPTION_END);
    finish(&block, file);
}

static void add_name(struct block *block, const struct pcapng_name *name)
{
    bool ipv4 = address_is_ipv4(&name->address);
    size_t address = ipv4 ? 4 : 16, text = strnlen(name->name, TEXT_MAX);
    uint8_t *out = add_value(block, ipv4 ? NAME_IPV4 : NAME_IPV6, address + text + 1);
    memcpy(out, name->address.ip + 16 - address, address);
    memcpy(out + address, name->name, text);
}

void pcapng_names(struct output_file *file, const struct pcapng_name *names, size_t count)
{
    for (size_t i = 0; i < count;) {
        struct block block;
        begin(&block, BLOCK_NAMES);
        for (; i < count && block.size < NAMES_BLOCK_MAX; i++)
            add_name(&block, &names[i]);
        add_u32(&block, NAME_END);
        finish(&block, file);
    }
}

void pcapng_secret(struct output_file *file, struct bytes line)
{
    struct block block;
    size_t size = line.size + 1;
    begin(&block, BLOCK_SECRETS);
    add_u32(&block, SECRETS_TLS);
    add_u32(&block, (uint32_t)size);
    uint8_t *out = block_room(&block, padded(size));
    memset(out, 0, padded(size));
    memcpy(out, line.data, line.size);
    out[line.size] = '\n';
    finish(&block, file);
}

static void write_comment(struct output_file *file, const char *comment, size_t size)
{
    uint8_t header[4], zeroes[8] = {0};
    put_little_u16(header, OPTION_COMMENT);
    put_little_u16(header + 2, (uint16_t)size);
    output_write(file, header, sizeof header);
    output_write(file, comment, size);
    output_write(file, zeroes, padded(size) - size + OPTION_END_SIZE);
}

/* Written in parts, unlike other blocks: this is what a run writes most. */
void pcapng_packet(struct output_file *file, uint32_t interface, int64_t time_ns,
                   struct bytes frame, const char *comment)
{
    size_t text = comment ? strnlen(comment, TEXT_MAX) : 0;
    size_t options = comment ? 4 + padded(text) + OPTION_END_SIZE : 0;
    size_t padding = padded(frame.size) - frame.size;
    size_t size = PACKET_HEADER + frame.size + padding + options + 4;
    uint8_t header[PACKET_HEADER], tail[8] = {0};
    put_little_u32(header, BLOCK_PACKET);
    put_little_u32(header + 4, (uint32_t)size);
    put_little_u32(header + 8, interface);
    put_little_u32(header + 12, (uint32_t)((uint64_t)time_ns >> 32));
    put_little_u32(header + 16, (uint32_t)time_ns);
    put_little_u32(header + 20, (uint32_t)frame.size);
    put_little_u32(header + 24, (uint32_t)frame.size);
    put_little_u32(tail + 4, (uint32_t)size);
    output_write(file, header, sizeof header);
    output_write(file, frame.data, frame.size);
    if (comment) {
        output_write(file, tail, padding);
        write_comment(file, comment, text);
        padding = 0;
    }
    output_write(file, tail + 4 - padding, padding + 4);
}
