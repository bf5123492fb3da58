/* Keys of TLS sessions, each once. */
#include "reports/keylog.h"

#include <stdlib.h>

#include "sim/base/arena.h"
#include "sim/base/table.h"

struct keylog {
    struct output *output;
    struct output_file *pcapng, *file; /* file NULL: no key yet */
    struct table told;                 /* by one end; the value is the key's own memory */
};

struct keylog *keylog_create(struct output *output, struct output_file *pcapng)
{
    struct keylog *keylog = memory_zeroed(sizeof *keylog);
    keylog->output = output;
    keylog->pcapng = pcapng;
    return keylog;
}

/* What both ends have told is forgotten: only the keys of sessions under way take memory. */
static bool is_known(struct keylog *keylog, struct bytes line)
{
    uint8_t *kept = table_remove(&keylog->told, line);
    if (kept) {
        free(kept);
        return true;
    }
    kept = memory_alloc(line.size);
    memcpy(kept, line.data, line.size);
    table_put(&keylog->told, bytes_of(kept, line.size), kept);
    return false;
}

void keylog_add(struct keylog *keylog, struct bytes line)
{
    if (is_known(keylog, line))
        return;
    if (!keylog->file)
        keylog->file = output_create(keylog->output, "capture/tls-keys.log", 0);
    output_write(keylog->file, line.data, line.size);
    output_write(keylog->file, "\n", 1);
    pcapng_secret(keylog->pcapng, line);
}

void keylog_finish(struct keylog *keylog)
{
    if (keylog->file)
        output_close(keylog->file, NULL, NULL);
    for (size_t i = 0; i < keylog->told.used; i++)
        free(keylog->told.entries[i].value);
    table_free(&keylog->told);
    free(keylog);
}
