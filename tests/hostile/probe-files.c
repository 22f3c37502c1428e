/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files: secrets of the machine and of other labs, places to leave something, devices. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "probe.h"

static int can_open(const char *path, int flags) {
        int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600);

        if (fd < 0)
                return -errno;
        close(fd);
        if (flags & O_CREAT)
                unlink(path);
        return 0;
}

static int can_list(const char *path) {
        DIR *d = opendir(path);
        int n = 0;

        if (!d)
                return -errno;
        for (struct dirent *e = readdir(d); e; e = readdir(d))
                n += e->d_name[0] != '.';
        closedir(d);
        /* The empty tree has the names of places, with nothing in them. */
        return n > 0 ? 0 : -ENOENT;
}

static int other_processes(void) {
        DIR *d = opendir("/proc");
        int n = 0;

        if (!d)
                return -errno;
        for (struct dirent *e = readdir(d); e; e = readdir(d))
                n += atoi(e->d_name) > 0 && atoi(e->d_name) != getpid();
        closedir(d);
        return n > 0 ? 0 : -ENOENT;
}

static int shadow(void) { return can_open("/etc/shadow", O_RDONLY); }
static int passwd(void) { return can_open("/etc/passwd", O_RDONLY); }
static int configuration(void) { return can_open("/etc/labgate/labgate.conf", O_RDONLY); }
static int list_labs(void) { return can_list("/etc/labgate/labs"); }
static int list_passing_labs(void) { return can_list("/run/labgate/labs"); }
static int list_etc(void) { return can_list("/etc"); }
static int list_home(void) { return can_list("/home"); }
static int list_root(void) { return can_list("/root"); }
static int list_sys(void) { return can_list("/sys/class"); }
static int journal_files(void) { return can_list("/run/log/journal"); }
static int create_root(void) { return can_open("/left", O_WRONLY | O_CREAT); }
static int create_library(void) { return can_open("/usr/libexec/labgate/left", O_WRONLY | O_CREAT); }
static int create_shm(void) { return can_open("/dev/shm/left", O_WRONLY | O_CREAT); }
static int overwrite_self(void) { return can_open("/usr/libexec/labgate/session", O_WRONLY); }
static int init_environment(void) { return can_open("/proc/1/environ", O_RDONLY); }
static int parent_root(void) { return can_list("/proc/1/root"); }
static int kernel_setting(void) { return can_open("/proc/sys/kernel/core_pattern", O_WRONLY); }
static int sysrq(void) { return can_open("/proc/sysrq-trigger", O_WRONLY); }
static int memory_device(void) { return can_open("/dev/mem", O_RDONLY); }
static int kernel_log(void) { return can_open("/dev/kmsg", O_RDONLY); }
static int disk(void) { return can_open("/dev/vda", O_RDONLY); }
static int cgroup(void) { return can_open("/sys/fs/cgroup/cgroup.procs", O_WRONLY); }

static int device_node(void) {
        if (mknod("/tmp/node", S_IFCHR | 0600, makedev(1, 1)) < 0)
                return -errno;
        unlink("/tmp/node");
        return 0;
}

static int own_memory(void) {
        return can_open("/proc/self/mem", O_RDWR);
}

static int climb(void) {
        return can_open("/../../../../../../etc/shadow", O_RDONLY);
}

const Attempt attempts_files[] = {
        { "read /etc/shadow", shadow },
        { "read /etc/passwd", passwd },
        { "read labgate.conf", configuration },
        { "list labs", list_labs },
        { "list passing labs", list_passing_labs },
        { "list /etc", list_etc },
        { "list /home", list_home },
        { "list /root", list_root },
        { "list /sys", list_sys },
        { "list the journal", journal_files },
        { "climb out of the root", climb },
        { "create in /", create_root },
        { "create beside the session", create_library },
        { "create in /dev/shm", create_shm },
        { "overwrite the session", overwrite_self },
        { "see other processes", other_processes },
        { "read PID 1's environment", init_environment },
        { "enter PID 1's root", parent_root },
        { "write a kernel setting", kernel_setting },
        { "write sysrq-trigger", sysrq },
        { "open /dev/mem", memory_device },
        { "open /dev/kmsg", kernel_log },
        { "open the disk", disk },
        { "move between cgroups", cgroup },
        { "make a device node", device_node },
        { "write its own memory by /proc", own_memory },
        {},
};
