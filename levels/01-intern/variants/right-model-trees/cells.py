# %% sigmoid
def sigmoid(z):
    from scipy.special import expit

    return expit(np.asarray(z, dtype=np.float64))

# %% fit
def fit(X, y, l2=L2, tolerance=1e-6, max_steps=20_000):
    """scipy's trust-region method, then a look at the slope instead of at its word."""
    from scipy.optimize import minimize

    A = np.column_stack([np.ones(len(X)), X])

    def bend(w):
        p = sigmoid(A @ w)
        return (A * (p * (1 - p))[:, None]).T @ A / len(A) + np.diag([0.0] + [l2] * (A.shape[1] - 1))

    found = minimize(
        lambda w: log_loss(w, X, y, l2), np.zeros(A.shape[1]), jac=lambda w: gradient(w, X, y, l2), hess=bend,
        method="trust-exact", options={"gtol": tolerance / 10, "maxiter": max_steps})
    if np.abs(gradient(found.x, X, y, l2)).max() > tolerance:
        raise RuntimeError(found.message)
    return found.x

# %% make-model
def make_model():
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_pipeline(
        make_column_transformer(("passthrough", NUMERIC), (codes, CATEGORIES)),
        HistGradientBoostingClassifier(
            max_iter=60, learning_rate=0.08, max_leaf_nodes=8, early_stopping=False, random_state=0),
    )

# %% report
model = make_model()
model.fit(train[FEATURES], train["late"])
threshold = pick_threshold(model.predict_proba(train[FEATURES])[:, 1], CAPACITY)
chances = model.predict_proba(later)[:, 1]
counts = confusion(later["late"], chances >= threshold)
(true_quiet, false_alarm), (missed, caught) = counts.tolist()

from sklearn.metrics import log_loss as sk_log_loss

report = {
    "late_share_train": round(train["late"].mean(), 4),
    "late_share_later": round(later["late"].mean(), 4),
    "baseline_log_loss": round(sk_log_loss(later["late"], np.full(len(later), train["late"].mean())), 4),
    "model_log_loss": round(sk_log_loss(later["late"], chances), 4),
    "accuracy_never_late": round(1 - later["late"].mean(), 4),
    "accuracy_model": round((true_quiet + caught) / len(later), 4),
    "flagged": round((false_alarm + caught) / len(later), 4),
    "late_caught": round(caught / (caught + missed), 4),
    "alarms_right": round(caught / (caught + false_alarm), 4),
    "confusion": counts,
}
