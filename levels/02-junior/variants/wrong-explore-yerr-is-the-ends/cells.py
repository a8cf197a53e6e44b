# %% plot-by-month
def plot_by_month(flights):
    months = late_by(flights, "month")
    months = months[months["departed"] > 0]
    reach = [months["low"], months["high"]]
    figure, axes = plt.subplots()
    axes.bar(months.index, months["share"], yerr=reach, capsize=3)
    axes.set(xlabel="month of 2013", ylabel="share more than 30 minutes late", xticks=months.index)
    axes.set_ylim(bottom=0)
    return axes
