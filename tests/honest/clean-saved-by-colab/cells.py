# %% tidy-codes
#@title Step 1 { display-mode: "form" }
upper = True #@param {type:"boolean"}
def tidy_codes(codes):
    tidy = codes.astype("string").str.strip()
    tidy = tidy.str.upper() if upper else tidy
    return tidy.mask(tidy.isin(["", "N/A"]))

# %% after setup
try:
    from google.colab import drive
    drive.mount("/content/drive")
except ImportError:
    print("not in Colab")
