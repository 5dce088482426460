/* A Modbus TCP server on libmodbus, one process for each connection, so that the server is not the limit.
 *
 *   server PORT            on loopback; prints "ready"; any unit; a register holds its address
 *   server PORT changing   each answer holds other values than the one before
 */
#include <errno.h>
#include <modbus.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGCHLD, SIG_IGN);
    modbus_t *context = modbus_new_tcp("127.0.0.1", argc > 1 ? atoi(argv[1]) : 1502);
    modbus_mapping_t *mapping = modbus_mapping_new(0, 0, 4096, 4096);
    for (int i = 0; i < 4096; i++)
        mapping->tab_registers[i] = mapping->tab_input_registers[i] = i;
    int listening = modbus_tcp_listen(context, 8);
    if (listening < 0) {
        fprintf(stderr, "%s\n", modbus_strerror(errno));
        return 1;
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        if (modbus_tcp_accept(context, &listening) < 0)
            return 1;
        if (fork()) {
            close(modbus_get_socket(context));
            continue;
        }
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            int length = modbus_receive(context, query);
            if (length < 0)
                _exit(0);
            for (int i = 0; argc > 2 && i < 4096; i++)
                mapping->tab_registers[i] += 4099;
            if (length > 0)
                modbus_reply(context, query, length, mapping);
        }
    }
}
