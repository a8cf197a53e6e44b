# %% weights
everything = pd.concat([train, later])[NUMERIC]
middle = everything.median()
filled = everything.fillna(middle)
X_train = (train[NUMERIC].fillna(middle) - filled.mean()) / filled.std()
weights = fit(X_train.to_numpy(), train["late"].to_numpy(), l2=L2)
