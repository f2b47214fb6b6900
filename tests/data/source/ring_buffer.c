/* A ring buffer of bytes: a sample of everyday C. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY 64
#define MIN(a, b) ((a) < (b) ? (a) : (b))

enum mode { MODE_DROP, MODE_BLOCK = 4, MODE_COUNT };

typedef struct ring {
    unsigned char bytes[CAPACITY];
    size_t head, tail;
    enum mode mode;
    void (*on_drop)(const struct ring *ring, size_t lost);
} ring_t;

static size_t ring_size(const ring_t *ring) {
    return (ring->head - ring->tail + CAPACITY) % CAPACITY;
}

bool ring_push(ring_t *ring, const unsigned char *data, size_t length) {
    size_t lost = 0;
    for (size_t i = 0; i < length; ++i) {
        if (ring_size(ring) == CAPACITY - 1) {
            if (ring->mode == MODE_BLOCK)
                return false;
            ring->tail = (ring->tail + 1) % CAPACITY;  // oldest first
            lost++;
        }
        ring->bytes[ring->head] = data[i];
        ring->head = (ring->head + 1) % CAPACITY;
    }
    if (lost > 0 && ring->on_drop != NULL) {
        ring->on_drop(ring, lost);
    }
    return lost == 0;
}

static void report(const ring_t *ring, size_t lost) {
    fprintf(stderr, "lost %zu of %zu\n", lost, ring_size(ring));
}

const char *mode_name(enum mode mode) {
    switch (mode) {
    case MODE_DROP:
        return "drop";
    case MODE_BLOCK:
        return "block";
    default:
        return "?";
    }
}

int main(int argc, char **argv) {
    ring_t ring = {.head = 0, .tail = 0, .mode = MODE_DROP, .on_drop = report};
    unsigned char buffer[128];
    memset(buffer, 'x', sizeof buffer);
    do {
        ring_push(&ring, buffer, MIN(sizeof(buffer), (size_t)argc * 10));
    } while (--argc > 0);
    printf("%s: %s\n", argv[0], mode_name(ring.mode));
    return EXIT_SUCCESS;
}
