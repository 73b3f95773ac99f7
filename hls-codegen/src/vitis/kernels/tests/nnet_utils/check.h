#ifndef KERNEL_TEST_CHECK_H_
#define KERNEL_TEST_CHECK_H_

#include <cmath>
#include <cstdint>
#include <iostream>

// A test program checks, prints what differs, and returns the outcome from main.
namespace check {

inline unsigned &failures() {
    static unsigned count = 0;
    return count;
}

inline unsigned &checks() {
    static unsigned count = 0;
    return count;
}

inline void report(bool passed, const char *what, double index, double got, double want) {
    checks()++;
    if (!passed) {
        failures()++;
        std::cerr << what << " at " << index << ": got " << got << ", want " << want << std::endl;
    }
}

inline void equal(const char *what, double index, double got, double want) {
    report(got == want, what, index, got, want);
}

inline void near(const char *what, double index, double got, double want, double tolerance) {
    report(std::fabs(got - want) <= tolerance, what, index, got, want);
}

inline int outcome() {
    std::cout << checks() << " checks, " << failures() << " failures" << std::endl;
    return failures() == 0 && checks() > 0 ? 0 : 1;
}

// The same numbers on every machine: a linear congruential generator (Knuth's MMIX constants).
class numbers {
  public:
    explicit numbers(uint64_t seed) : state(seed) {}

    // Uniform in [low, high].
    int next(int low, int high) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        return low + static_cast<int>((state >> 33) % static_cast<uint64_t>(high - low + 1));
    }

  private:
    uint64_t state;
};

} // namespace check

#endif
