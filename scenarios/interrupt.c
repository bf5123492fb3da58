/* One flag, set by the handler. */
#include "scenarios/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t came; /* the signal, 0: none */

static void remember(int number)
{
    came = number;
}

void interrupt_watch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction before, action = {.sa_handler = remember};
        action.sa_flags = (int)SA_RESETHAND | SA_RESTART;
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL); /* nohup stays in force */
    }
}

bool interrupt_came(void)
{
    return came != 0;
}

void interrupt_die(void)
{
    if (came) {
        signal(came, SIG_DFL);
        raise(came);
    }
}
