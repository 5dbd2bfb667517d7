/* SPDX-License-Identifier: MIT */
/* control_path: name and address of the control socket. */
#include "control_path.h"

#include <errno.h>
#include <fcntl.h>

#include "path.h"
#include "xmem.h"

char *control_path(const struct config *c)
{
	if (c->socket && *c->socket)
		return xstrdup(c->socket);
	AUTO_FREE char *dir =
	    c->root || !c->procfile ? xstrdup(c->root ? c->root : ".") : path_dirname(c->procfile);

	return xasprintf("%s/%s", dir, CONTROL_SOCKET_NAME);
}

int control_address(const char *path, struct sockaddr_un *out, int *out_dir, struct err *err)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	int n;

	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	*out_dir = -1;
	if (strlen(path) < sizeof out->sun_path) {
		(void)snprintf(out->sun_path, sizeof out->sun_path, "%s", path);
		return 0;
	}
	AUTO_FREE char *dir = path_dirname(path);

	*out_dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*out_dir < 0)
		return err_sys(err, errno, "%s", dir);
	n = snprintf(out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d/%s", *out_dir, name);
	if (n >= (int)sizeof out->sun_path)
		return err_set(err, FE_EUSAGE, "%s: the socket's name is too long", path);
	return 0;
}
