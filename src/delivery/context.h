// Context: what all streams of one control plane share. Outlives them.
#pragma once

#include "delivery/debug_types.h"
#include "delivery/hub.h"
#include "delivery/names.h"
#include "delivery/registry.h"
#include "delivery/selections.h"
#include "delivery/stats.h"

namespace amime::delivery {

struct Context {
  Hub& hub;
  Selections& selections;
  NameSets& names;
  Registry& registry;
  Stats& stats;
  DebugPages& pages;
};

}  // namespace amime::delivery
