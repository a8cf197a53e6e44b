# %% tables
features = X_train = X_later = None
log = pd.concat([train, later], ignore_index=True)
features = Features().fit(train)
X_train = features.transform(train.assign(recent_late=recent_late_share(train, train)))
X_later = features.transform(later.assign(recent_late=recent_late_share(later, train)))
