// A run's figures beside their floor, as a table for people and as JSON for drawing. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "swarm/figures.h"

namespace amime::bench {

// One line of the comparison: what was measured, what the floor took, and how far apart the two may be.
struct Bar {
  std::string what;
  double amime = 0;
  double floor = 0;
  double bound = 0;  // of the ratio where there is a floor, else of the figure itself
  double figure() const { return floor > 0 ? amime / floor : amime; }
  bool held() const { return figure() <= bound; }
};

std::vector<Bar> bars_of(const RunInfo& info, const Figures& amime, const Figures& floor);
std::string table_of(const RunInfo& info, const Figures& amime, const Figures& floor);
std::string json_of(const RunInfo& info, const Figures& amime, const Figures& floor);

}  // namespace amime::bench
