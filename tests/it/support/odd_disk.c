/* Makes calls fail as they do on odd disks: network shares, USB sticks, a disk that breaks.
 *
 * Loaded into a program by LD_PRELOAD, so these functions are called instead of the C library's.
 * ODD_DISK says what fails, and with which error number:  "sync-folder=22 lock=37 link=18"
 * "slow-file=45" lets each sync of a file take 45 s. With "first-file=5" only the first sync of a
 * file fails: Linux tells of a lost write only once.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The number that ODD_DISK gives for this word; 0: none. */
static int told(const char *word)
{
    const char *all = getenv("ODD_DISK");
    const char *found = all ? strstr(all, word) : NULL;
    return found ? atoi(found + strlen(word)) : 0;
}

static int refuses(const char *word)
{
    errno = told(word) ? told(word) : errno;
    return told(word) != 0;
}

static int is_folder(int file)
{
    struct stat found;
    return fstat(file, &found) == 0 && S_ISDIR(found.st_mode);
}

static int sync_by(const char *call, int file)
{
    if (refuses(is_folder(file) ? "sync-folder=" : "sync-file="))
        return -1;
    if (!is_folder(file)) {
        static atomic_int syncs;
        if (told("first-file=") && syncs++ == 0)
            return refuses("first-file="), -1;
        sleep(told("slow-file="));
    }
    return ((int (*)(int))dlsym(RTLD_NEXT, call))(file);
}

int fsync(int file) { return sync_by("fsync", file); }

int fdatasync(int file) { return sync_by("fdatasync", file); }

int flock(int file, int what)
{
    if (refuses("lock="))
        return -1;
    return ((int (*)(int, int))dlsym(RTLD_NEXT, "flock"))(file, what);
}

int link(const char *from, const char *to)
{
    if (refuses("link="))
        return -1;
    return ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "link"))(from, to);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    if (refuses("link="))
        return -1;
    return ((int (*)(int, const char *, int, const char *, int))dlsym(RTLD_NEXT, "linkat"))(
        from_folder, from, to_folder, to, flags);
}
