// hls::stream for C simulation: an unbounded queue.
#ifndef HLS_STREAM_H
#define HLS_STREAM_H

#include <cstddef>
#include <deque>
#include <iostream>
#include <string>

namespace hls {

template <class T, int DEPTH = 0> class stream {
  public:
    typedef T value_type;

    stream() : name_("hls::stream") {}
    explicit stream(const std::string &name) : name_(name) {}
    stream(const stream &) = delete;
    stream &operator=(const stream &) = delete;
    ~stream() {
        if (!queue_.empty())
            std::cout << "WARNING: stream '" << name_ << "' is destroyed with " << queue_.size()
                      << " unread elements; in hardware its writer would stall." << std::endl;
    }

    bool empty() const { return queue_.empty(); }
    bool full() const { return false; }
    std::size_t size() const { return queue_.size(); }
    std::size_t capacity() const { return DEPTH; }

    // Reading an empty stream warns and gives a default value: the C simulation goes on.
    T read() {
        T value = T();
        if (!read_nb(value))
            std::cout << "WARNING: stream '" << name_ << "' is read while empty; in hardware its reader would stall."
                      << std::endl;
        return value;
    }
    void read(T &value) { value = read(); }
    bool read_nb(T &value) {
        if (queue_.empty()) {
            value = T();
            return false;
        }
        value = queue_.front();
        queue_.pop_front();
        return true;
    }
    void write(const T &value) { queue_.push_back(value); }
    bool write_nb(const T &value) {
        write(value);
        return true;
    }
    void operator>>(T &value) { value = read(); }
    void operator<<(const T &value) { write(value); }

  private:
    std::string name_;
    std::deque<T> queue_;
};

} // namespace hls

#endif
