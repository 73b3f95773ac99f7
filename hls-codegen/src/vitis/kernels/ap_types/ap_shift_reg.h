// Shift register for C simulation.
#ifndef HLS_AP_SHIFT_REG_H
#define HLS_AP_SHIFT_REG_H

#include <cassert>

template <class T, unsigned int DEPTH = 32> class ap_shift_reg {
  public:
    ap_shift_reg() : cells_() {}
    explicit ap_shift_reg(const char *) : cells_() {}
    ap_shift_reg(const ap_shift_reg &) = delete;
    ap_shift_reg &operator=(const ap_shift_reg &) = delete;

    // Pushes `in` (if enabled) and returns what cell `address` held before.
    T shift(T in, unsigned int address = DEPTH - 1, bool enable = true) {
        const T out = read(address);
        if (enable) {
            for (unsigned int i = DEPTH - 1; i > 0; i--)
                cells_[i] = cells_[i - 1];
            cells_[0] = in;
        }
        return out;
    }
    T read(unsigned int address = DEPTH - 1) const {
        assert(address < DEPTH);
        return cells_[address];
    }

  private:
    T cells_[DEPTH];
};

#endif
