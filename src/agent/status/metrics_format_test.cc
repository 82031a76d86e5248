#include "agent/status/metrics_format.h"

#include <gtest/gtest.h>

#include "agent/status/gzip.h"

namespace amime::agent {
namespace {

TEST(MetricsFormatTest, OnlyTextFormatsArePassedOn) {
  EXPECT_EQ(accept_for_application("application/openmetrics-text;version=1.0.0,application/vnd.google.protobuf;q=0.5"),
            "application/openmetrics-text;version=1.0.0");
  EXPECT_EQ(accept_for_application("text/plain;version=0.0.4;q=0.3, */*;q=0.1"),
            "text/plain;version=0.0.4;q=0.3,text/plain;version=0.0.4;q=0.1");
  EXPECT_EQ(accept_for_application(""), "text/plain;version=0.0.4");
  EXPECT_EQ(accept_for_application("application/vnd.google.protobuf"), "text/plain;version=0.0.4");
}

TEST(MetricsFormatTest, SeveralApplicationsAgreeOrAreText) {
  const std::string open = metrics_format("application/openmetrics-text; version=1.0.0");
  const auto both = merge_metrics({{open, "a 1\n# EOF\n"}, {open, "b 1\n# EOF"}});
  EXPECT_EQ(both.text, "a 1\nb 1\n# EOF\n");
  EXPECT_EQ(both.format, open);
  const auto mixed = merge_metrics({{open, "a 1\n# EOF\n"}, {kPrometheusText, "b 1"}, {open, "c 1\n# EOF\n"}});
  EXPECT_EQ(mixed.text, "a 1\nb 1\nc 1\n");
  EXPECT_EQ(mixed.format, kPrometheusText);
  EXPECT_EQ(merge_metrics({}).format, kPrometheusText);
}

TEST(MetricsFormatTest, FormatsAreToldByTheirType) {
  EXPECT_EQ(metrics_format("text/html"), kPrometheusText);
  EXPECT_EQ(metrics_format("application/openmetrics-text"), "application/openmetrics-text; version=0.0.1; charset=utf-8");
}

TEST(GzipTest, ThereAndBackAgainWithinALimit) {
  const std::string text(100'000, 'x');
  EXPECT_EQ(gunzip(gzip(text), text.size()), text);
  EXPECT_FALSE(gunzip(gzip(text), text.size() - 1));
  EXPECT_FALSE(gunzip("not gzip", 100));
  EXPECT_FALSE(gunzip(gzip(text).substr(0, 20), 1'000'000));
}

}  // namespace
}  // namespace amime::agent
