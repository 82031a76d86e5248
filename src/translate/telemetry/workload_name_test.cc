#include "translate/telemetry/workload_name.h"

#include <gtest/gtest.h>

namespace amime::translate {
namespace {

TEST(WorkloadName, IsTheControllersAndNotThePods) {
  EXPECT_EQ(workload_name("reviews-v1-7f99cc4496-x2x9k", {{"pod-template-hash", "7f99cc4496"}}), "reviews-v1");
  EXPECT_EQ(workload_name("db-0", {{"statefulset.kubernetes.io/pod-name", "db-0"}}), "db");
  EXPECT_EQ(workload_name("report-28-abcde", {{"batch.kubernetes.io/job-name", "report-28"}}), "report-28");
  EXPECT_EQ(workload_name("alone", {}), "alone");
  EXPECT_EQ(workload_name("odd", {{"pod-template-hash", "7f99cc4496"}}), "odd");
}

}  // namespace
}  // namespace amime::translate
