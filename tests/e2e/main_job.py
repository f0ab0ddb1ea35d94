"""A run of the default configuration and its artifacts."""

METRICS = {
    "test_fraud_f1",
    "test_fraud_precision",
    "test_fraud_recall",
    "fraud_detection_rate",
    "frauds_detected_count",
    "frauds_missed_count",
    "false_alarm_rate",
    "false_alarms_count",
    "test_f1_macro",
    "test_f1_weighted",
    "test_precision_macro",
    "test_recall_macro",
    "test_average_precision",
    "test_roc_auc",
}
