# %% plot-by-hour
def plot_by_hour(flights):
    figure, axes = plt.subplots()
    for airport in AIRPORTS:
        hours = late_by(flights[flights["origin"] == airport], "hour")
        hours = hours[hours["departed"] >= 20]
        axes.plot(hours.index, hours["share"], marker="o", label=airport)
    axes.set(xlabel="scheduled hour", ylabel="share more than 30 minutes late")
    axes.legend()
    return axes
