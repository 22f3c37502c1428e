/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fibers by ucontext, which glibc keeps right with shadow stacks. A guard page ends the stack; nothing here schedules:
 * a fiber runs when the loop resumes it, and the loop waits meanwhile, as for any other call. */

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "fiber.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

#define FIBER_STACK_SIZE (256u * 1024u)

struct Fiber {
        ucontext_t own, loop;
        FiberRun run;
        void *userdata;
        char *stack; /* the guard page first */
        size_t stack_size;
        bool ended;
#ifdef __SANITIZE_ADDRESS__
        void *own_fake, *loop_fake;
        const void *loop_stack;
        size_t loop_stack_size;
#endif
};

/* AddressSanitizer must hear of every change of stacks: first what is left, then what was come to. */
static void leaving_loop(Fiber *f) {
#ifdef __SANITIZE_ADDRESS__
        __sanitizer_start_switch_fiber(&f->loop_fake, f->stack, f->stack_size);
#endif
}

static void back_in_loop(Fiber *f) {
#ifdef __SANITIZE_ADDRESS__
        __sanitizer_finish_switch_fiber(f->loop_fake, NULL, NULL);
#endif
}

static void leaving_fiber(Fiber *f) {
#ifdef __SANITIZE_ADDRESS__
        __sanitizer_start_switch_fiber(f->ended ? NULL : &f->own_fake, f->loop_stack, f->loop_stack_size);
#endif
}

static void back_in_fiber(Fiber *f) {
#ifdef __SANITIZE_ADDRESS__
        __sanitizer_finish_switch_fiber(f->own_fake, &f->loop_stack, &f->loop_stack_size);
#endif
}

/* makecontext() passes ints only. */
static void fiber_main(unsigned high, unsigned low) {
        Fiber *f = (Fiber *) ((uintptr_t) high << 32 | (uintptr_t) low);

        back_in_fiber(f);
        f->run(f->userdata);
        f->ended = true;
        leaving_fiber(f);
}

int fiber_new(Fiber **ret, FiberRun run, void *userdata) {
        size_t guard = (size_t) sysconf(_SC_PAGESIZE);
        Fiber *f = calloc(1, sizeof *f);

        if (!f)
                return -ENOMEM;
        f->run = run;
        f->userdata = userdata;
        f->stack_size = FIBER_STACK_SIZE + guard;
        f->stack = mmap(NULL, f->stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        if (f->stack == MAP_FAILED) {
                free(f);
                return -ENOMEM;
        }
        if (mprotect(f->stack, guard, PROT_NONE) < 0 || getcontext(&f->own) < 0) {
                fiber_free(f);
                return -ENOMEM;
        }
        f->own.uc_stack.ss_sp = f->stack + guard;
        f->own.uc_stack.ss_size = FIBER_STACK_SIZE;
        f->own.uc_link = &f->loop;
        makecontext(&f->own, (void (*)(void)) fiber_main, 2, (unsigned) ((uint64_t) (uintptr_t) f >> 32),
                    (unsigned) (uintptr_t) f);
        *ret = f;
        return 0;
}

Fiber *fiber_free(Fiber *f) {
        if (!f)
                return NULL;
        munmap(f->stack, f->stack_size);
        free(f);
        return NULL;
}

void fiber_resume(Fiber *f) {
        leaving_loop(f);
        swapcontext(&f->loop, &f->own);
        back_in_loop(f);
}

void fiber_suspend(Fiber *f) {
        leaving_fiber(f);
        swapcontext(&f->own, &f->loop);
        back_in_fiber(f);
}

bool fiber_ended(const Fiber *f) {
        return f->ended;
}
