// Context: what all streams of one control plane share. Outlives them.
#pragma once

#include <functional>

#include "delivery/alarms.h"
#include "delivery/court.h"
#include "delivery/debug_types.h"
#include "delivery/extension_lists.h"
#include "delivery/gate.h"
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
  Alarms& alarms;
  GateOptions gate;
  std::function<void(Charge)> charge;  // a proxy refused something; null: nobody looks into it
  ExtensionLists& extensions;
};

}  // namespace amime::delivery
