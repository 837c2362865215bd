"""From samples and backbone to the content-keyed feature store."""
