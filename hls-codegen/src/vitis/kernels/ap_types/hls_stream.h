// hls::stream for C simulation: an unbounded queue between one writer and one reader. In hardware whoever reads an empty queue
// waits, and whoever writes a full one. What would make them wait for ever ends the simulation here: nobody is left to write
// to a stream that is empty, or to read from one that still holds something when it goes.
#ifndef HLS_STREAM_H
#define HLS_STREAM_H

#include <cstddef>
#include <cstdlib>
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
            fail("holds " + std::to_string(queue_.size()) +
                 " elements that no layer has read; in hardware the layer that writes them waits for ever (deadlock)");
    }

    bool empty() const { return queue_.empty(); }
    bool full() const { return false; }
    std::size_t size() const { return queue_.size(); }
    std::size_t capacity() const { return DEPTH; }

    T read() {
        if (queue_.empty())
            fail("is read while it is empty: a layer waits for data that no layer sends; in hardware it waits for ever (deadlock)");
        const T value = queue_.front();
        queue_.pop_front();
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
    // Without destructors: this is called from one, and perhaps at the end of the program.
    void fail(const std::string &why) const {
        std::cout.flush();
        std::cerr << "ERROR: stream '" << name_ << "' " << why << std::endl;
        std::_Exit(1);
    }

    std::string name_;
    std::deque<T> queue_;
};

} // namespace hls

#endif
