#include "delivery/publication.h"

#include "delivery/stats.h"

namespace amime::delivery {

Convergence::~Convergence() {
  if (!stats_ || !concerned_) return;
  if (rejected_) {
    stats_->unconverged.add();
  } else {
    stats_->config_acked.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - arrived_).count());
  }
}

}  // namespace amime::delivery
