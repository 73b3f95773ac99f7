#ifndef NNET_TYPES_H_
#define NNET_TYPES_H_

#include <cstddef>

namespace nnet {

// N values that travel together: one element of a stream holds one pixel with all its channels.
template <typename T, unsigned N> struct array {
    typedef T value_type;
    static const unsigned size = N;

    T data[N];

    T &operator[](size_t pos) { return data[pos]; }
    const T &operator[](size_t pos) const { return data[pos]; }

    bool operator==(const array &other) const {
        for (unsigned i = 0; i < N; i++) {
            if (data[i] != other.data[i]) {
                return false;
            }
        }
        return true;
    }

    bool operator!=(const array &other) const { return !(*this == other); }
};

template <typename T, unsigned N> const unsigned array<T, N>::size;

} // namespace nnet

#endif
